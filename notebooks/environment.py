import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: an environment")

with app.setup(hide_code=True):
    from types import SimpleNamespace

    import gymnasium
    import marimo as mo
    from PIL import Image, ImageDraw

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # An environment to play in

    The engine is too weak for the hill, but a policy of one line gets the car up there. **Click into the picture and
    play** with the keys **←** and **→**; **R** begins anew, and a finger pushes to the side that it touches. When you
    have done nothing for three seconds, the policy plays on. Edit it while it does: the episode does not end.
    """)
    return


@app.cell
def _():
    name = mo.ui.dropdown(["MountainCar-v0", "Acrobot-v1"], value="MountainCar-v0", label="Environment")
    name
    return (name,)


@app.cell
def _():
    def policy(seen):
        return 2 if seen[-1] > 0 else 0  # pushes the way it moves already

    return (policy,)


@app.cell
def _(name):
    env = gymnasium.make(name.value, render_mode="rgb_array", max_episode_steps=1000)
    now = SimpleNamespace(seen=env.reset(seed=1)[0], steps=0, best=1000, held=[], played=-3)
    return env, now


@app.cell
def _(env, now, policy):
    @rfb.animate(fps=30, height=400, alt="What moves, and the score")
    def game(t, tick):
        for event in tick.events:
            key = event.event.get("key", "ArrowLeft" if event.event.get("x", 0) < 275 else "ArrowRight")
            if event.type in ("key_down", "pointer_down"):
                now.held.append(key)
            elif event.type in ("key_up", "pointer_up"):
                now.held = [each for each in now.held if event.type == "key_up" and each != key]
        now.played = t if now.held else now.played
        pushed = {"ArrowLeft": 0, "ArrowRight": 2}.get(now.held[-1] if now.held else "", 1)
        is_played = t - now.played < 3
        again = any(event.event.get("key") == "r" for event in tick.events)

        now.seen, _, won, late, _ = env.step(pushed if is_played else policy(now.seen))
        now.steps += 1
        picture = Image.fromarray(env.render())
        score = f"{'you' if is_played else 'policy'}: step {now.steps}" + f", best {now.best}" * (now.best < 1000)
        ImageDraw.Draw(picture).text((16, 12), score, fill="#456", font_size=20)
        if won or late or again:
            now.best = min(now.best, now.steps) if won else now.best
            now.seen, now.steps = env.reset()[0], 0
        return picture

    game
    return (game,)


@app.cell
def _(game):
    mo.ui.slider(5, 60, value=30, label="Steps a second", on_change=lambda fps: setattr(game, "fps", fps))
    return


if __name__ == "__main__":
    app.run()
