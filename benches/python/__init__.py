"""Times tensorbolt and the reference writers (torch, tensorboardX), and reads back what each of them wrote."""
