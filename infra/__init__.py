"""What surrounds the functions: nested stacks, the website's parts, and the local world."""
