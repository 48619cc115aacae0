"""The commands of `tensorbolt`, one file each; `tensorbolt._cli` puts them together."""
