"""matchloop: match records with few labels, and ask for the labels that teach most."""
