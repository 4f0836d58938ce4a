"""What every subject answers."""


class Section:
    NAME = ""

    def measure(self, bench):
        """Figures, as JSON takes them; none where the servers for it are not asked for."""
        raise NotImplementedError

    def show(self, figures, options):
        """Prints its tables."""
        raise NotImplementedError

    def goals(self, figures):
        return []

    def plots(self, figures):
        """SVG by the name of its file."""
        return {}
