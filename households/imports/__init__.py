"""The national roster workbook on its way in: read, check, classify, apply."""
