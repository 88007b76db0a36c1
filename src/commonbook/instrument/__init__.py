"""Assets, instruments and the venue's configuration as the journal states it."""
