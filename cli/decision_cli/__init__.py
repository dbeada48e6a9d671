"""The command line of decision-log: parse, call, render."""
