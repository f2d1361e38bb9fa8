"""The only place that joins the stages and reads the configuration."""
