"""The 台账 as the offices keep it: its columns as data, out as a workbook, back as a diff."""
