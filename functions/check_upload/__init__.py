"""S3 events: decide what each handed-in file is, and let clean ones through to `records`."""
