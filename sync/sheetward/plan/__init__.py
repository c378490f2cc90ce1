"""What one sync would do, as data: expect, identify, merge, admit, deliver, guard. Pure; a dry run prints it."""
