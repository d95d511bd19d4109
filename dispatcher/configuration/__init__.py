"""How the rows that operators configure are checked and saved, the same in every app."""
