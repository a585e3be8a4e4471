"""The local world: the pipeline of template.yaml, alive in one process on one machine."""

import os

# moto reads its settings when it is imported. Without this one it allows every website on every
# answer, and a missing CORS rule goes unseen.
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "1"
