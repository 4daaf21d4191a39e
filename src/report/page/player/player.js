'use strict';

/** Notes are handed to the synthesiser so many seconds ahead; a tab in the background wakes once a second. */
const AHEAD = 1.6;
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

let synthesiser = null;
/** The song that sounds: one at a time. */
let playing = null;

function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** A song's card: its controls, its picture, and where in the song it is. */
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

  /** Where the song is, in seconds. */
  get now() {
    const passed = this.room ? Math.max(0, synthesiser.now - this.began) : 0;
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
    this.name('Pause');
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

  /** Sounds from where the song is. */
  start(notes) {
    if (this.place >= this.seconds - 0.01) this.place = 0;
    this.room = synthesiser.room();
    this.began = synthesiser.now + 0.05;
    this.next = notes.findIndex((note) => note.at >= this.place - 1e-6);
    if (this.next < 0) this.next = notes.length;
    this.timer = setInterval(() => this.sound(), 150);
    this.sound();
    this.follow();
  }

  /** Hands over the notes that are due soon; at the end stops. */
  sound() {
    if (this.now >= this.seconds) {
      this.pause();
      this.seek(0);
      return;
    }
    const notes = this.notes();
    while (this.next < notes.length && notes[this.next].at < this.now + AHEAD) {
      const note = notes[this.next];
      const start = Math.max(this.began + note.at - this.place, synthesiser.now);
      synthesiser.play(this.room, note, start, note.until - note.at);
      this.next += 1;
    }
  }

  pause() {
    this.place = this.now;
    clearInterval(this.timer);
    if (this.room) synthesiser.silence(this.room);
    this.room = null;
    if (playing === this) playing = null;
    this.name('Play');
    this.show();
  }

  seek(place) {
    const sounding = this.room;
    if (sounding) this.pause();
    this.place = Math.max(0, Math.min(place, this.seconds));
    this.show();
    if (sounding) this.play();
  }

  /** Moves the play-head from picture to picture as long as the song sounds. */
  follow() {
    if (!this.room) return;
    this.show();
    requestAnimationFrame(() => this.follow());
  }

  name(action) {
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

  /** Turns a picture that is wider than its box, as one turns a page. */
  keepInSight(across) {
    const head = across * this.roll.offsetWidth - this.box.scrollLeft;
    if (this.room && (head < 0 || head > this.box.clientWidth * 0.94)) {
      this.box.scrollLeft += head - this.box.clientWidth * 0.06;
    }
  }

  /** The second of the song that is drawn at a place of the window. */
  secondAt(x) {
    const { left, width } = this.roll.getBoundingClientRect();
    return (((x - left) / width - this.from) / (this.to - this.from)) * this.seconds;
  }
}

const players = new WeakMap();

/** The player of the song that something belongs to. */
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
