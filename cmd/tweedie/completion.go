package main

import "github.com/spf13/cobra"

// strictHelpers makes cobra's own commands refuse what they do not know.
func strictHelpers(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			c.Args = noArgs
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		case "help":
			c.Args = func(c *cobra.Command, args []string) error {
				if found, rest, err := c.Root().Find(args); err != nil || len(rest) > 0 {
					return unknownCommand(found, append(rest, args...)[0])
				}
				return nil
			}
		}
	}
}

// complete gives a flag's values to the shell.
func complete(c *cobra.Command, flag string, values ...string) {
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic("tweedie: completion of a flag that is not there")
	}
}

// completeFile gives the shell the files of one kind.
func completeFile(c *cobra.Command, flag, extension string) {
	if err := c.MarkFlagFilename(flag, extension); err != nil {
		panic("tweedie: completion of a flag that is not there")
	}
}
