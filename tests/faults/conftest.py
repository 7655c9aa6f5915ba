from tests.rectification.conftest import cast, files, home, item

__all__ = ["cast", "files", "home", "item"]
