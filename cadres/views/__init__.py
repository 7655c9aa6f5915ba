"""Pages, by noun: parse, one action, render."""
