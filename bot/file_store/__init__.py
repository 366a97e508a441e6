"""Where sealed files stand: a folder, or a bucket of an S3-compatible service. Nothing comes here unsealed."""
