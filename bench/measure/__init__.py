"""What bench/run measures, and with what. Each subject is a module of measure.sections."""
