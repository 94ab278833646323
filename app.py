"""Start the page: `python app.py --share` is `clover-chat serve --share`."""

import sys

from clover_chat.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
