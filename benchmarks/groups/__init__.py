"""One module for each group: `make(work)` its inputs, `CASES` what is measured, `GOALS` what is compared."""
