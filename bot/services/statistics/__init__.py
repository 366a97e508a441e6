"""How many reports there were, of what and where, how long they wait and how soon they are decided: figures, and pictures of them.

Nothing is decrypted and nothing kept: all is counted when it is asked for, from what stands in the clear."""
