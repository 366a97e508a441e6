"""Reports as reporters make them: written, sent, read with their files, withdrawn and destroyed."""
