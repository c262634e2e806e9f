"""Starts the console, or a headless command; imports nothing that is not needed for what was asked."""

import sys


def main() -> None:
    """Run what the command line asks for and exit: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from pgtui import __version__

        print(f"pgtui {__version__}")
        return
    # Late: the version above must not wait for any of it.
    from pgtui.bootstrap import start

    sys.exit(start(arguments))


if __name__ == "__main__":
    main()
