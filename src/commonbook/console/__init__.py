"""The `commonbook` command: where settings are read, processes are started and results are printed."""
