"""SIGKILL at every call: steps are processes here, and AWS is moto's server."""
