"""The local world: the pipeline of template.yaml, alive in one process on one machine."""

import os

# moto reads its settings when it is imported. Without this one it allows every website on every
# answer, and a missing CORS rule goes unseen.
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "1"

# Larger contents lie on disk. In memory, what one test uploads would stay until the next.
os.environ.setdefault("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", str(1 << 20))
