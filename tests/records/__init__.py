"""Makes records of every kind, sound and hostile, as bytes. Nothing of it is committed."""
