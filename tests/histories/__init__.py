"""Random histories of several people at several sheets, on every store, judged by an oracle that knows nothing of the engine."""
