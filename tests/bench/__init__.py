"""Measurements, as ratios to a peer or a floor of the same run. `make bench` prints them."""
