package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// write makes TestCommandsPage write the page anew:
//
//	go test ./cmd/tweedie -run CommandsPage -write
var write = flag.Bool("write", false, "write docs/reference/commands.md from the help of the commands")

// commandsPage is the reference of all commands, from their own help.
func commandsPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\nEvery command, from its own `--help`. This page is written by a test:\n\n    go test ./cmd/tweedie -run CommandsPage -write\n\n")
	var list []*cobra.Command
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Name() == "help" || c.Name() == "completion" || c.Hidden {
			return
		}
		list = append(list, c)
		for _, s := range c.Commands() {
			visit(s)
		}
	}
	visit(root)
	b.WriteString("| command | does |\n|---|---|\n")
	for _, c := range list[1:] {
		fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), strings.ReplaceAll(c.Short, "|", "\\|"))
	}
	for _, c := range list {
		fmt.Fprintf(&b, "\n## %s\n\n```text\n%s\n", c.CommandPath(), strings.TrimSpace(c.Long))
		if c.Runnable() && c.HasParent() {
			fmt.Fprintf(&b, "\nUsage:\n  %s\n", c.UseLine())
		}
		if c.Example != "" {
			fmt.Fprintf(&b, "\nExamples:\n%s\n", strings.TrimRight(c.Example, "\n"))
		}
		if f := flagsOfPage(c); f != "" {
			fmt.Fprintf(&b, "\nFlags:\n%s", f)
		}
		b.WriteString("```\n")
	}
	return b.String()
}

// flagsOfPage are the flags of a command itself; those of all commands stand with the root.
func flagsOfPage(c *cobra.Command) string {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	add := func(g *pflag.Flag) {
		if g.Name != "help" && g.Name != "version" {
			f.AddFlag(g)
		}
	}
	c.NonInheritedFlags().VisitAll(add)
	return f.FlagUsages()
}

// The reference of commands is what their help says.
func TestCommandsPage(t *testing.T) {
	const path = "../../docs/reference/commands.md"
	want := commandsPage((&app{}).root())
	if *write {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		g, w := strings.Split(string(got), "\n"), strings.Split(want, "\n")
		i := 0
		for i < len(g) && i < len(w) && g[i] == w[i] {
			i++
		}
		t.Errorf("%s is not what the help says, from line %d: go test ./cmd/tweedie -run CommandsPage -write", path, i+1)
	}
}
