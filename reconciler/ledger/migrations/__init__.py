"""How the tables came to be, one step per file in `versions`. Run by `schema` without an ini file; a step is never edited."""
