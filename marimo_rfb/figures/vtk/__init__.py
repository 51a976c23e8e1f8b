"""Scenes of VTK and PyVista: render windows, their interactors, timers and cameras."""
