'use strict';

/** Seconds that notes are scheduled ahead; timers of a background tab fire once per second. */
const AHEAD = 1.6;
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

let synthesiser = null;
/** The player of the song that is playing; at most one. */
let playing = null;

function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** The controls, picture and position of a song's card. */
class Player {
  constructor(card) {
    const part = (name) => card.querySelector(name);
    [this.card, this.button, this.slider] = [card, part('.play'), part('.place')];
    [this.clock, this.roll, this.box] = [part('.clock'), part('.roll'), part('.scroll')];
    this.head = part('.head');
    const { seconds, beats, from, to } = card.dataset;
    [this.seconds, this.beats] = [Number(seconds), Number(beats)];
    [this.from, this.to] = [Number(from), Number(to)];
    this.beat = this.seconds / Number(this.slider.max);
    this.title = part('h3').textContent;
    this.place = 0;
  }

  /** The position in the song, in seconds. */
  get now() {
    const passed = this.channel ? Math.max(0, synthesiser.now - this.began) : 0;
    return Math.min(this.place + passed, this.seconds);
  }

  notes() {
    const link = this.card.querySelector('a[download]').href;
    this.read ??= notesOfMidi(bytesOfBase64(link.slice(link.indexOf(',') + 1)));
    return this.read;
  }

  async play() {
    playing?.pause();
    playing = this;
    this.setAction('Pause');
    try {
      const notes = this.notes();
      synthesiser ??= new Synthesiser();
      await synthesiser.context.resume();
      if (playing === this) this.start(notes);
    } catch (error) {
      if (playing === this) this.pause();
      this.clock.setAttribute('aria-live', 'polite');
      this.clock.textContent = `No sound: ${error.message}`;
    }
  }

  /** Starts playing at the current position. */
  start(notes) {
    if (this.place >= this.seconds - 0.01) this.place = 0;
    this.channel = synthesiser.channel();
    this.began = synthesiser.now + 0.05;
    this.next = notes.findIndex((note) => note.at >= this.place - 1e-6);
    if (this.next < 0) this.next = notes.length;
    this.timer = setInterval(() => this.schedule(), 150);
    this.schedule();
    this.follow();
  }

  /** Schedules the notes that are due soon; stops at the end. */
  schedule() {
    if (this.now >= this.seconds) {
      this.pause();
      this.seek(0);
      return;
    }
    const notes = this.notes();
    while (this.next < notes.length && notes[this.next].at < this.now + AHEAD) {
      const note = notes[this.next];
      const start = Math.max(this.began + note.at - this.place, synthesiser.now);
      synthesiser.play(this.channel, note, start, note.until - note.at);
      this.next += 1;
    }
  }

  pause() {
    this.place = this.now;
    clearInterval(this.timer);
    if (this.channel) synthesiser.silence(this.channel);
    this.channel = null;
    if (playing === this) playing = null;
    this.setAction('Play');
    this.show();
  }

  seek(place) {
    const wasPlaying = this.channel;
    if (wasPlaying) this.pause();
    this.place = Math.max(0, Math.min(place, this.seconds));
    this.show();
    if (wasPlaying) this.play();
  }

  /** Moves the playhead on every frame while the song plays. */
  follow() {
    if (!this.channel) return;
    this.show();
    requestAnimationFrame(() => this.follow());
  }

  setAction(action) {
    this.card.classList.toggle('playing', action === 'Pause');
    this.button.setAttribute('aria-label', `${action} ${this.title}`);
  }

  show() {
    const beat = Math.min(Math.floor(this.now / this.beat + 1e-6), Number(this.slider.max));
    const shown = STILL.matches ? beat * this.beat : this.now;
    const across = this.from + (shown / this.seconds) * (this.to - this.from);
    this.head.style.left = `${across * 100}%`;
    this.card.classList.toggle('begun', this.now > 0);
    this.keepInSight(across);
    const words = `measure ${Math.floor(beat / this.beats) + 1}, beat ${beat % this.beats + 1}`;
    if (this.shown === words) return;
    this.shown = words;
    this.slider.value = beat;
    this.slider.setAttribute('aria-valuetext', words);
    this.clock.textContent = `${clock(this.now)} / ${clock(this.seconds)}`;
  }

  /** Scrolls a picture that is wider than its box, one page at a time. */
  keepInSight(across) {
    const head = across * this.roll.offsetWidth - this.box.scrollLeft;
    if (this.channel && (head < 0 || head > this.box.clientWidth * 0.94)) {
      this.box.scrollLeft += head - this.box.clientWidth * 0.06;
    }
  }

  /** Returns the time in the song at a horizontal position in the window. */
  secondAt(x) {
    const { left, width } = this.roll.getBoundingClientRect();
    return (((x - left) / width - this.from) / (this.to - this.from)) * this.seconds;
  }
}

const players = new WeakMap();

/** Returns the player of the song card around an element. */
function playerOf(element) {
  const card = element.closest('.song');
  if (card && !players.has(card)) players.set(card, new Player(card));
  return card && players.get(card);
}

document.addEventListener('click', (event) => {
  const player = playerOf(event.target);
  if (event.target.closest('.play')) {
    if (playing === player) player.pause();
    else player.play();
  } else if (event.target.closest('.roll')) {
    player.seek(player.secondAt(event.clientX));
  }
});

document.addEventListener('input', (event) => {
  if (!event.target.matches('.place')) return;
  const player = playerOf(event.target);
  player.seek(Number(event.target.value) * player.beat);
});

document.documentElement.classList.add('scripted');
