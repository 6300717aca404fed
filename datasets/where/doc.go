// Package where reads conditions on the rows of a mixed table, such as
// "age >= 30 and job in (clerk, nurse)", and tells which rows satisfy them.
//
//	c, err := where.Parse(codec, false, []string{"30 <= age < 40", "job != clerk"})
//	...
//	ok := c.Holds(cells, i)
//
// # Language
//
//	expression = condition { "and" condition }
//	condition  = sum op sum { op sum }
//	           | column [ "not" ] "in" "(" value { "," value } ")"
//	           | column "is" [ "not" ] "missing"
//	op         = "<" | "<=" | ">" | ">=" | "=" | "!="
//	sum        = [ "-" ] term { ( "+" | "-" ) term }
//	term       = number | column | number "*" column | column "*" number
//
// Keywords may be in any case; "&&" is and, "==" is =, "<>" is !=, and ≤ ≥ ≠ are
// operators too. Names and values that hold spaces or operators stand in quotes
// (", ' or `), where a doubled quote stands for one. There is no "or".
//
// # Meaning
//
// A comparison with a missing cell is false, != too. Levels of a categorical
// column are compared by = and !=; if every level is a number, by <, <=, > and >=
// too. Dates are written in the format of their column.
//
// # Form
//
// All conditions hold together. Conditions on one column are intersected into one
// Set, at once, so that a contradiction is an error that names its expression.
// Comparisons of several columns become Relations.
package where
