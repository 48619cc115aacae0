"""Times tensorbolt beside the two writers it replaces, and reads back what each of them wrote."""
