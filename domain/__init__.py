"""What Vedette talks about. Imports nothing of ours."""
