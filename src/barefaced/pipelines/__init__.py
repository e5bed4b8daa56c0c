"""What joins the wings: the steps behind the commands."""
