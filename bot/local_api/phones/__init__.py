"""What people do and see on their phones, over HTTP."""
