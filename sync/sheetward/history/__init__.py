"""What commits mean: the chain that proves them, taking them back, and telling who changed what. Pure."""
