"""Files that mean harm, or look as if they did, with the verdict that each must get."""
