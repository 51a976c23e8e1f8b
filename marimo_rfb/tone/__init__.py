"""How the numbers of a picture become colors: range, gamma, colormap, order of the channels. Pure."""
