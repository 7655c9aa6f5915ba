"""`make bench`: figures as ratios, measured in one run against the raw-SQL limit."""
