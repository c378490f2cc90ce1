"""The composition root: the only floor that knows every adapter. The command line and other edges call what stands here."""
