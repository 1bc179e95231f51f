from annotation.admin import campaigns, corpus, people, runs

__all__ = ["campaigns", "corpus", "people", "runs"]
