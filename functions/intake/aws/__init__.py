"""The only door to AWS: no other module imports boto3."""
