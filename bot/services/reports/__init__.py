"""Reports: written, sent, read, withdrawn and destroyed."""
