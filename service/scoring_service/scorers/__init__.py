"""Scorers: pure functions of rows and parameters. One module (or package) per scorer, one line in `registry`."""
