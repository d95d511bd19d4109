"""What runs inside the rendering process: no Django, no project import, nothing but templates.

The process imports this package under the name `sandbox`; everything here uses relative imports
so that the same code can be read (never rendered with) from the parent, for the reference.
"""
