# `make help` lists what can be made. On Windows, or without make, README.md has the same commands by hand.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/.installed
SITE := _build/html

.DEFAULT_GOAL := help
.PHONY: help book test lab notebooks bench lint clean

help: ## show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

book: $(INSTALLED) ## build the book from the stored notebooks; a warning or a broken link is an error
	rm -rf _build
	$(VENV)/bin/jupyter-book build --warningiserror --keep-going --quiet .
	$(VENV)/bin/python book/check_site.py $(SITE)
	@echo "The book is built. Open $(CURDIR)/$(SITE)/index.html"

test: book ## run every test, every notebook, and the built book in a browser
	$(VENV)/bin/pytest -n auto --dist loadfile

lab: $(INSTALLED) ## open the chapters in JupyterLab
	$(VENV)/bin/jupyter trust book/*.ipynb # or it would not show the drawings that are SVG
	$(VENV)/bin/jupyter-lab book

notebooks: $(INSTALLED) ## run the chapters whose text changed (one: CHAPTER=momentum, every one: CHAPTER=--all)
	$(VENV)/bin/python book/notebooks.py $(CHAPTER)

bench: $(INSTALLED) ## measure the optimizers side by side with torch.optim
	$(VENV)/bin/python -m benchmarks

lint: $(INSTALLED) ## check the code's style
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check

clean: ## delete the built book and the virtual environment
	rm -rf _build $(VENV)

# Installed once; again only when the list of packages changes.
$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
		echo "Python 3.11 or later is needed. Name one: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --requirement requirements.txt --editable .
	@touch $@
