"""Real input and a script that plays a contact centre's day, for `reconciler demo`. Everybody in it is invented."""
