// Command tweedie does nothing.
package main

func main() {}
