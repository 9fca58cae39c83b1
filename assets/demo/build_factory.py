# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds factory.glb, the demo bottling hall of twinscope, entirely from code.

    blender -b --factory-startup --python build_factory.py -- factory.glb

Everything below is written in *glTF* coordinates: metres, +Y up, product flows
along +X, the operators stand on the +Z side, the floor is y = 0.  Only
`MeshBuilder.finish` and `add_node` convert to Blender's Z-up space.

Each vertex carries its own normal.  A bevelled box therefore needs only 24
vertices: the big faces stay flat and the narrow bevel faces blend between them.
"""

import math
import os
import sys
from contextlib import contextmanager

import bpy
from mathutils import Matrix, Vector

TAU = 2.0 * math.pi

# ------------------------------------------------------------------ materials
# name: (sRGB colour, metallic, roughness, alpha).  Clay greys after ISA-101:
# saturated colour is left to the data.
MATERIALS = {
    "Housing":  ((0.765, 0.755, 0.73), 0.00, 0.50, 1.00),
    "Frame":    ((0.335, 0.345, 0.355), 0.10, 0.55, 1.00),
    "Mid":      ((0.53, 0.54, 0.545), 0.10, 0.50, 1.00),
    "Steel":    ((0.74, 0.75, 0.765), 0.75, 0.38, 1.00),
    "Guard":    ((0.66, 0.77, 0.83), 0.00, 0.12, 0.16),
    "Belt":     ((0.40, 0.41, 0.42), 0.00, 0.70, 1.00),
    "Pipe":     ((0.72, 0.735, 0.75), 0.60, 0.36, 1.00),
    "Zone":     ((0.76, 0.76, 0.745), 0.00, 0.45, 1.00),
    "Lamp":     ((0.82, 0.83, 0.83), 0.00, 0.30, 1.00),
    "Curtain":  ((0.62, 0.69, 0.72), 0.00, 0.35, 0.45),
    "Bottle":   ((0.585, 0.645, 0.64), 0.00, 0.18, 1.00),
    "Case":     ((0.68, 0.625, 0.55), 0.00, 0.75, 1.00),
    "Wood":     ((0.62, 0.57, 0.49), 0.00, 0.80, 1.00),
    "Product":  ((0.68, 0.60, 0.47), 0.00, 0.25, 1.00),
    "Water":    ((0.50, 0.60, 0.66), 0.00, 0.20, 1.00),
    "Floor":    ((0.71, 0.71, 0.70), 0.00, 0.60, 1.00),
    "FloorMark": ((0.70, 0.65, 0.47), 0.00, 0.60, 1.00),
    "Wall":     ((0.78, 0.785, 0.785), 0.00, 0.75, 1.00),
    "Structure": ((0.56, 0.575, 0.585), 0.10, 0.55, 1.00),
}
TWO_SIDED = {"Guard", "Curtain"}


def srgb_to_linear(c):
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def make_materials():
    for name, (rgb, metallic, rough, alpha) in MATERIALS.items():
        mat = bpy.data.materials.new(name)
        mat.use_nodes = True
        mat.use_backface_culling = name not in TWO_SIDED
        bsdf = mat.node_tree.nodes["Principled BSDF"]
        bsdf.inputs["Base Color"].default_value = [srgb_to_linear(c) for c in rgb] + [1.0]
        bsdf.inputs["Metallic"].default_value = metallic
        bsdf.inputs["Roughness"].default_value = rough
        if alpha < 1.0:
            bsdf.inputs["Alpha"].default_value = alpha
            mat.blend_method = "BLEND"


# --------------------------------------------------------------- mesh builder
class MeshBuilder:
    """Collects polygons of several materials; vertices are never shared across hard edges."""

    def __init__(self):
        self.pos, self.nrm, self.uv = [], [], []
        self.faces, self.face_mat = [], []
        self.mats = []
        self.m = Matrix.Identity(4)
        self.has_uv = False

    @contextmanager
    def at(self, x=0.0, y=0.0, z=0.0, rx=0.0, ry=0.0, rz=0.0):
        """Places what is added inside the block (rotations in degrees: x, then z, then y)."""
        old = self.m
        r = math.radians
        self.m = (old @ Matrix.Translation((x, y, z)) @ Matrix.Rotation(r(ry), 4, "Y")
                  @ Matrix.Rotation(r(rz), 4, "Z") @ Matrix.Rotation(r(rx), 4, "X"))
        yield self
        self.m = old

    def v(self, p, n, uv=(0.0, 0.0)):
        self.pos.append(self.m @ Vector(p))
        self.nrm.append((self.m.to_3x3() @ Vector(n)).normalized())
        self.uv.append(uv)
        return len(self.pos) - 1

    def face(self, idx, mat):
        """Adds a polygon and turns it to the side its vertex normals point to."""
        p = [self.pos[i] for i in idx]
        geo = Vector()
        for a, b in zip(p, p[1:] + p[:1]):          # Newell's method
            geo += Vector(((a.y - b.y) * (a.z + b.z), (a.z - b.z) * (a.x + b.x),
                           (a.x - b.x) * (a.y + b.y)))
        if geo.dot(sum((self.nrm[i] for i in idx), Vector())) < 0:
            idx = idx[::-1]
        if mat not in self.mats:
            self.mats.append(mat)
        self.faces.append(idx)
        self.face_mat.append(self.mats.index(mat))

    def poly(self, pts, n, mat, uvs=None):
        uvs = uvs or [(0.0, 0.0)] * len(pts)
        self.face([self.v(p, n, t) for p, t in zip(pts, uvs)], mat)

    # -- boxes
    def box(self, x0, x1, y0, y1, z0, z1, mat, bev=0.0, skip=""):
        """Axis-aligned box by its bounds; `skip` names unseen faces of a plain box ("-y +x")."""
        c = Vector(((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2))
        h = Vector((abs(x1 - x0) / 2, abs(y1 - y0) / 2, abs(z1 - z0) / 2))
        bev = min(bev, 0.45 * min(h))
        signs = [(a, b, d) for a in (-1, 1) for b in (-1, 1) for d in (-1, 1)]
        corner = {}
        for s in signs:
            for axis in range(3):
                p = Vector([c[k] + s[k] * (h[k] if k == axis else h[k] - bev) for k in range(3)])
                n = [0.0, 0.0, 0.0]
                n[axis] = s[axis]
                corner[s, axis] = (p, n)
        ids = {}

        def vid(s, axis):
            if (s, axis) not in ids:
                ids[s, axis] = self.v(*corner[s, axis])
            return ids[s, axis]

        def sign(axis, sa, b, sb, d, sd):
            s = [0, 0, 0]
            s[axis], s[b], s[d] = sa, sb, sd
            return tuple(s)

        ring = ((-1, -1), (-1, 1), (1, 1), (1, -1))
        for axis in range(3):
            b, d = [k for k in range(3) if k != axis]
            for sa in (-1, 1):
                if ("-+"[sa > 0] + "xyz"[axis]) in skip:
                    continue
                self.face([vid(sign(axis, sa, b, p, d, q), axis) for p, q in ring], mat)
            if bev > 0:                               # the four edges along `axis`
                for sb, sd in ring:
                    lo, hi = sign(axis, -1, b, sb, d, sd), sign(axis, 1, b, sb, d, sd)
                    self.face([vid(lo, b), vid(hi, b), vid(hi, d), vid(lo, d)], mat)
        if bev > 0:
            for s in signs:
                self.face([vid(s, 0), vid(s, 1), vid(s, 2)], mat)

    def cbox(self, cx, cy, cz, sx, sy, sz, mat, bev=0.0, skip=""):
        self.box(cx - sx / 2, cx + sx / 2, cy - sy / 2, cy + sy / 2, cz - sz / 2, cz + sz / 2,
                 mat, bev, skip)

    def beam(self, a, b, w, h, mat, bev=0.0, skip=""):
        """Square bar from a to b."""
        a, b = Vector(a), Vector(b)
        d = b - a
        old = self.m
        x = d.normalized()
        up = Vector((0, 1, 0)) if abs(x.y) < 0.95 else Vector((0, 0, 1))
        z = x.cross(up).normalized()
        y = z.cross(x)
        rot = Matrix((x, y, z)).transposed().to_4x4()
        self.m = old @ Matrix.Translation(a) @ rot
        self.box(0, d.length, -h / 2, h / 2, -w / 2, w / 2, mat, bev, skip)
        self.m = old

    def pane(self, a, b, y0, y1, mat="Guard"):
        """Vertical two-sided sheet over the floor line a-b ((x, z) each)."""
        (ax, az), (bx, bz) = a, b
        n = Vector((az - bz, 0, bx - ax)).normalized()
        self.poly([(ax, y0, az), (bx, y0, bz), (bx, y1, bz), (ax, y1, az)], n, mat)

    # -- round things
    def lathe(self, profile, mat, seg=16, a0=0.0, a1=360.0, hard=40.0, inward=False):
        """Turns a (radius, y) profile about Y; angle 0 is +Z, growing towards +X."""
        cut = math.cos(math.radians(hard))
        segs = []
        for (r0, y0), (r1, y1) in zip(profile, profile[1:]):
            n = Vector((y1 - y0, r0 - r1)).normalized()
            segs.append(-n if inward else n)
        full = abs(a1 - a0) >= 360.0
        ang = [math.radians(a0 + (a1 - a0) * i / seg) for i in range(seg + 1)]
        for i, n in enumerate(segs):
            ends = []
            for j, k in ((i, i - 1), (i + 1, i + 1)):
                m = segs[k] if 0 <= k < len(segs) else n
                ends.append((profile[j], (n + m).normalized() if n.dot(m) > cut else n))
            rows = []
            for (r, y), m in ends:
                row = [self.v((r * math.sin(t), y, r * math.cos(t)),
                              (m[0] * math.sin(t), m[1], m[0] * math.cos(t)))
                       for t in (ang[:-1] if full else ang)]
                rows.append(row + row[:1] if full else row)
            for k in range(seg):
                quad = [rows[0][k], rows[0][k + 1], rows[1][k + 1], rows[1][k]]
                if ends[0][0][0] < 1e-6:
                    quad = [rows[0][k], rows[1][k + 1], rows[1][k]]
                elif ends[1][0][0] < 1e-6:
                    quad = [rows[0][k], rows[0][k + 1], rows[1][k]]
                self.face(quad, mat)

    def disc(self, r, y, mat, seg=16, up=True):
        pts = [(r * math.sin(TAU * i / seg), y, r * math.cos(TAU * i / seg)) for i in range(seg)]
        self.poly(pts, (0, 1 if up else -1, 0), mat)

    def cyl(self, r, y0, y1, mat, seg=16, bev=0.0, bottom=True, top=True, r_top=None):
        """Upright cylinder or cone about the local Y axis."""
        rt = r if r_top is None else r_top
        slope = Vector((y1 - y0, r - rt)).normalized()

        def ring(rad, y, n=None):
            out = []
            for i in range(seg):
                s, c = math.sin(TAU * i / seg), math.cos(TAU * i / seg)
                out.append(self.v((rad * s, y, rad * c),
                                  (0, n, 0) if n else (slope[0] * s, slope[1], slope[0] * c)))
            return out

        def band(lo, hi):
            for i in range(seg):
                j = (i + 1) % seg
                self.face([lo[i], lo[j], hi[j], hi[i]], mat)

        b0, b1 = (bev if bottom else 0.0), (bev if top else 0.0)
        lo, hi = ring(r, y0 + b0), ring(rt, y1 - b1)
        band(lo, hi)
        if bottom:
            cap = ring(r - b0, y0, -1)
            self.face(cap, mat)
            if bev:
                band(cap, lo)
        if top:
            cap = ring(rt - b1, y1, 1)
            self.face(cap, mat)
            if bev:
                band(hi, cap)

    def rod(self, a, b, r, mat, seg=8, bev=0.0, caps=True):
        """Cylinder from point a to point b."""
        a, b = Vector(a), Vector(b)
        old = self.m
        self.m = old @ Matrix.Translation(a) @ Vector((0, 1, 0)).rotation_difference(b - a).to_matrix().to_4x4()
        self.cyl(r, 0, (b - a).length, mat, seg, bev, caps, caps)
        self.m = old

    def prism(self, pts, y0, y1, mat):
        """Extrudes an (x, z) outline from y0 to y1 (hard edges)."""
        for y, n in ((y0, -1), (y1, 1)):
            self.poly([(x, y, z) for x, z in pts], (0, n, 0), mat)
        area = sum(x0 * z1 - x1 * z0 for (x0, z0), (x1, z1) in zip(pts, pts[1:] + pts[:1]))
        for (x0, z0), (x1, z1) in zip(pts, pts[1:] + pts[:1]):
            n = Vector((z1 - z0, 0, x0 - x1)) * (1 if area > 0 else -1)
            if n.length > 1e-9:
                self.poly([(x0, y0, z0), (x1, y0, z1), (x1, y1, z1), (x0, y1, z0)], n.normalized(), mat)

    def tube(self, pts, r, mat, bend=0.22, seg=12, steps=5, u0=0.0, flange=True):
        """Round pipe along a polyline with elbows.  UV: U metres along, V 0..1 around."""
        self.has_uv = True
        pts = [Vector(p) for p in pts]
        path, joints = [pts[0]], []
        for a, p, b in zip(pts, pts[1:], pts[2:]):
            d0, d1 = (a - p).normalized(), (b - p).normalized()
            half = d0.angle(d1) / 2
            t = min(bend / math.tan(half), 0.49 * (a - p).length, 0.49 * (b - p).length)
            rad = t * math.tan(half)
            centre = p + (d0 + d1).normalized() * (rad / math.sin(half))
            s, e = p + d0 * t, p + d1 * t
            axis = (s - centre).cross(e - centre).normalized()
            sweep = math.pi - 2 * half
            joints += [(s, -d0), (e, d1)]
            path += [centre + Matrix.Rotation(sweep * k / steps, 3, axis) @ (s - centre)
                     for k in range(steps + 1)]
        path.append(pts[-1])
        tan = []
        for i in range(len(path)):
            if i == 0:
                tan.append((path[1] - path[0]).normalized())
            elif i == len(path) - 1:
                tan.append((path[-1] - path[-2]).normalized())
            else:
                tan.append(((path[i] - path[i - 1]).normalized() + (path[i + 1] - path[i]).normalized()).normalized())
        side = tan[0].orthogonal().normalized()
        rows, u, at_u = [], u0, {}
        for i, (p, t) in enumerate(zip(path, tan)):
            if i:
                u += (p - path[i - 1]).length
                side = (tan[i - 1].rotation_difference(t).to_matrix() @ side).normalized()
            at_u[tuple(p)] = u
            up = t.cross(side)
            row = []
            for k in range(seg + 1):
                n = side * math.cos(TAU * k / seg) + up * math.sin(TAU * k / seg)
                row.append(self.v(p + n * r, n, (u, k / seg)))
            rows.append(row)
        for lo, hi in zip(rows, rows[1:]):
            for k in range(seg):
                self.face([lo[k], lo[k + 1], hi[k + 1], hi[k]], mat)
        if flange:
            first = len(self.pos)
            for p, t, q in ((path[0], tan[0], 0.0), (path[-1], -tan[-1], u)):
                self.rod(p, p + t * 0.05, r * 1.75, mat, seg, 0.008)
            for p, t in joints:
                self.rod(p - t * 0.02, p + t * 0.02, r * 1.3, mat, seg)
            for i in range(first, len(self.pos)):     # flanges carry the U of their place
                near = min(path, key=lambda p: (p - self.pos[i]).length)
                self.uv[i] = (at_u[tuple(near)], 0.0)
        return u

    # -- output
    def finish(self, name):
        """Makes the Blender mesh (glTF x, y, z -> Blender x, -z, y)."""
        me = bpy.data.meshes.new(name)
        me.from_pydata([(p.x, -p.z, p.y) for p in self.pos], [], self.faces)
        for m in self.mats:
            me.materials.append(bpy.data.materials[m])
        me.polygons.foreach_set("material_index", self.face_mat)
        me.polygons.foreach_set("use_smooth", [True] * len(self.faces))
        if self.has_uv:
            layer = me.uv_layers.new(name="UVMap")
            for loop in me.loops:
                u, v = self.uv[loop.vertex_index]
                layer.data[loop.index].uv = (u, 1.0 - v)   # the exporter flips V back
        me.use_auto_smooth = True
        me.normals_split_custom_set_from_vertices([(n.x, -n.z, n.y) for n in self.nrm])
        me.update()
        return me


def add_node(name, mesh=None, parent=None, loc=(0.0, 0.0, 0.0)):
    """Adds a node; `mesh` is a MeshBuilder, a shared Blender mesh, or None for an empty."""
    if isinstance(mesh, MeshBuilder):
        mesh = mesh.finish(name + "_mesh")
    ob = bpy.data.objects.new(name, mesh)
    assert ob.name == name, f"name {name} is taken"
    ob.location = (loc[0], -loc[2], loc[1])
    ob.parent = parent
    bpy.context.scene.collection.objects.link(ob)
    return ob


SHARED = {}


def shared(key, make):
    """One Blender mesh per key, so that the GLB stores repeated parts once; make() fills it."""
    if key not in SHARED:
        mb = MeshBuilder()
        make(mb)
        SHARED[key] = mb.finish(key)
    return SHARED[key]


# ---------------------------------------------------------------- shared parts
BELT_Y = 1.0                # transport height
BOTTLE_R, BOTTLE_H = 0.056, 0.375


def bottle(mb, x=0.0, y=0.0, z=0.0, seg=8, upside_down=False):
    with mb.at(x, y, z, rx=180.0 if upside_down else 0.0):
        mb.lathe([(BOTTLE_R, 0.0), (BOTTLE_R, 0.215), (0.022, 0.305), (0.025, BOTTLE_H)], "Bottle", seg)
        mb.disc(0.025, BOTTLE_H, "Bottle", seg)


def tiny_bottle(mb, x, y, z):
    """36-triangle bottle for stacked layers."""
    with mb.at(x, y, z):
        mb.lathe([(BOTTLE_R, 0.0), (BOTTLE_R, 0.215), (0.024, 0.32), (0.024, BOTTLE_H)], "Bottle", 6)
        mb.disc(0.024, BOTTLE_H, "Bottle", 6)


def foot(mb, x, z, top, r=0.035):
    with mb.at(x, 0, z):
        mb.cyl(0.085, 0.0, 0.03, "Frame", 8, bottom=False)
        mb.cyl(r, 0.03, top, "Frame", 8, bottom=False, top=False)


def feet(mb, x0, x1, z0, z1, top, nx=2):
    for i in range(nx):
        for z in (z0, z1):
            foot(mb, x0 + (x1 - x0) * i / (nx - 1), z, top)


def hmi(mb, x, z, pole_top=1.35):
    """Operator panel on a pole, tilted towards the operator."""
    mb.cbox(x, 0.02, z, 0.26, 0.04, 0.22, "Frame", 0.01)
    mb.cbox(x, pole_top / 2, z, 0.07, pole_top, 0.07, "Frame", 0.01, "-y")
    with mb.at(x, pole_top + 0.12, z + 0.04, rx=-14):
        mb.cbox(0, 0, 0, 0.56, 0.44, 0.10, "Housing", 0.02)
        mb.cbox(0, 0.03, 0.052, 0.46, 0.29, 0.012, "Frame", 0.004)
        mb.cbox(-0.09, -0.165, 0.052, 0.28, 0.05, 0.012, "Frame")
        mb.cbox(0.17, -0.165, 0.055, 0.07, 0.07, 0.03, "Steel", 0.012)


def cabinet(mb, x0, x1, z0, z1, top=1.9, doors=2, face=-1):
    """Electrical cabinet; its doors look to `face` (z)."""
    mb.box(x0, x1, 0.0, 0.1, z0 + 0.03, z1 - 0.03, "Frame")
    mb.box(x0, x1, 0.1, top, z0, z1, "Housing", 0.025)
    w = (x1 - x0) / doors
    zf = z1 if face > 0 else z0
    for i in range(doors):
        a = x0 + w * i
        mb.box(a + 0.03, a + w - 0.03, 0.16, top - 0.06, zf - 0.012, zf + 0.012, "Housing", 0.01)
        mb.cbox(a + w - 0.08, 1.05, zf + 0.02 * face, 0.03, 0.2, 0.03, "Frame", 0.006)


def lamp_pole(mb, x, y0, y1, z):
    with mb.at(x, 0, z):
        mb.cyl(0.022, y0, y1, "Frame", 8, bottom=False, top=False)
        mb.cyl(0.075, y1 - 0.04, y1, "Frame", 12, 0.01)


def add_lamp(machine, parent, x, y, z):
    """Stack light standing on a pole whose top is at (x, y, z)."""
    add_node(machine + "_Lamp", shared("LampMesh", lamp_mesh), parent, (x, y + 0.27, z))


def lamp_mesh(mb):
    for i in range(3):
        mb.cyl(0.085, -0.27 + 0.18 * i, -0.105 + 0.18 * i, "Lamp", 16, 0.018)
        if i < 2:
            mb.cyl(0.07, -0.105 + 0.18 * i, -0.09 + 0.18 * i, "Lamp", 16, bottom=False, top=False)


def panels(mb, x0, x1, y0, y1, z, n, face=1, mat="Housing"):
    """A row of slightly raised service doors with handles and a vent."""
    w = (x1 - x0) / n
    for i in range(n):
        a, b = x0 + w * i + 0.03, x0 + w * (i + 1) - 0.03
        mb.box(a, b, y0, y1, z - 0.02, z + 0.018, mat, 0.012)
        mb.cbox(b - 0.08, (y0 + y1) / 2, z + 0.028 * face, 0.03, min(0.18, (y1 - y0) * 0.4), 0.03, "Frame", 0.006)


def guard(mb, x0, x1, z0, z1, y0, y1, nx=2, nz=1, hole=(0.42, 1.46), post=0.06, sides="FBLR", top=True):
    """Machine guard: posts, rails and clear panes; conveyors pass through the side holes."""
    hp = post / 2
    xs = [x0 + (x1 - x0) * i / nx for i in range(nx + 1)]
    for z, key in ((z1, "F"), (z0, "B")):
        if key not in sides:
            continue
        for x in xs:
            mb.box(x - hp, x + hp, y0, y1, z - hp, z + hp, "Frame", 0.01, "-y")
        for y in (y0 + hp, y1 - hp):
            mb.box(x0 + hp, x1 - hp, y - hp, y + hp, z - hp * 0.8, z + hp * 0.8, "Frame", 0, "-x +x")
        for a, b in zip(xs, xs[1:]):
            mb.pane((a + hp, z), (b - hp, z), y0 + post, y1 - post)
            if key == "F":
                mb.cbox(b - 0.14, (y0 + y1) / 2, z + 0.03, 0.035, 0.24, 0.04, "Frame", 0.008)
    for x, key in ((x0, "L"), (x1, "R")):
        if key not in sides:
            continue
        hz, hy = hole
        mb.box(x - hp * 0.8, x + hp * 0.8, y1 - post, y1, z0 + hp, z1 - hp, "Frame", 0, "-z +z")
        mb.pane((x, z0 + hp), (x, z1 - hp), hy, y1 - post)
        for a, b, p in ((z0 + hp, -hz, -hz), (hz, z1 - hp, hz)):
            mb.pane((x, a), (x, b), y0, hy)
            mb.box(x - 0.02, x + 0.02, y0, hy, p - 0.02, p + 0.02, "Frame", 0, "-y")
        mb.box(x - 0.02, x + 0.02, hy - 0.02, hy + 0.02, -hz, hz, "Frame", 0, "-z +z")


def starwheel(mb, x, y, z, r, n, mat="Housing", phase=0.0, h=0.05):
    pts = []
    for i in range(n):
        a = TAU * (i + phase) / n
        for da, rr in ((-0.32, r), (-0.18, r * 0.80), (0.18, r * 0.80), (0.32, r)):
            t = a + da * TAU / n
            pts.append((x + rr * math.sin(t), z + rr * math.cos(t)))
    mb.prism(pts, y, y + h, mat)
    with mb.at(x, 0, z):
        mb.cyl(0.07, y - 0.25, y + 0.14, mat, 12, 0.015)


def ring_positions(n, r, phase=0.0):
    for i in range(n):
        a = TAU * (i + phase) / n
        yield math.degrees(a), r * math.sin(a), r * math.cos(a)


def transfer_lane(mb, x0, x1, w=0.36, rail=True):
    """Short fixed conveyor piece inside a machine, level with the belts."""
    mb.box(x0, x1, BELT_Y - 0.08, BELT_Y - 0.005, -w / 2, w / 2, "Frame", 0.01)
    if rail:
        for z in (-w / 2, w / 2):
            mb.rod((x0, BELT_Y + 0.14, z), (x1, BELT_Y + 0.14, z), 0.013, "Steel", 6)


def pallet(mb, cx, y, cz, sx=1.0, sz=1.2):
    for i in range(5):
        x = cx - sx / 2 + 0.06 + (sx - 0.12) * i / 4
        mb.cbox(x, y + 0.133, cz, 0.13, 0.024, sz, "Wood", 0.004)
    for j in (-1, 0, 1):
        mb.cbox(cx, y + 0.108, cz + j * (sz / 2 - 0.06), sx, 0.024, 0.1, "Wood")
        mb.cbox(cx, y + 0.012, cz + j * (sz / 2 - 0.06), sx, 0.024, 0.1, "Wood")
        for i in (-1, 0, 1):
            mb.cbox(cx + i * (sx / 2 - 0.07), y + 0.06, cz + j * (sz / 2 - 0.06), 0.12, 0.075, 0.1, "Wood", 0, "-y +y")


# ------------------------------------------------------------------------ hall
HALL_X, HALL_Z = 22.0, 9.0


def build_hall():
    cols = [-22.0 + 5.5 * i for i in range(9)]

    mb = MeshBuilder()                                 # columns
    def column(x, z, along_x, h=5.6):
        mb.cbox(x, 0.03, z, 0.6, 0.06, 0.6, "Structure", 0.01, "-y")
        mb.cbox(x, 0.2, z, 0.46, 0.3, 0.46, "Frame", 0.03)
        if along_x:
            for s in (-1, 1):
                mb.cbox(x, h / 2, z + s * 0.14, 0.26, h, 0.03, "Structure", 0, "-y")
            mb.cbox(x, h / 2, z, 0.03, h, 0.26, "Structure", 0, "-y +y")
        else:
            for s in (-1, 1):
                mb.cbox(x + s * 0.14, h / 2, z, 0.03, h, 0.26, "Structure", 0, "-y")
            mb.cbox(x, h / 2, z, 0.26, h, 0.03, "Structure", 0, "-y +y")
    for x in cols:
        column(x, -HALL_Z + 0.25, True)
    for z in (-4.4, 0.0, 4.4, 8.75):
        column(-HALL_X + 0.25, z, False)
    hall = add_node("Hall", mb)

    mb = MeshBuilder()                                 # floor slab and markings
    mb.box(-HALL_X, HALL_X, -0.25, 0.0, -HALL_Z, HALL_Z, "Floor", 0.03)
    mb.box(-HALL_X - 0.15, HALL_X + 0.15, -0.45, -0.25, -HALL_Z - 0.15, HALL_Z + 0.15, "Structure", 0.03)

    def mark(x0, x1, z0, z1, mat="FloorMark", y=0.006):
        mb.box(x0, x1, 0.0, y, z0, z1, mat, 0, "-y -x +x -z +z")
    for i in range(1, 8):                              # slab joints
        mark(-22 + 5.5 * i - 0.012, -22 + 5.5 * i + 0.012, -HALL_Z + 0.05, HALL_Z - 0.05, "Mid", 0.003)
    for z in (-3.0, 6.2):
        mark(-HALL_X + 0.05, HALL_X - 0.05, z - 0.012, z + 0.012, "Mid", 0.003)
    for z in (3.1, 4.9):                               # walkway in front of the line
        mark(-20.8, 20.8, z - 0.05, z + 0.05)
    for x in (-20.8, 20.8):
        mark(x - 0.05, x + 0.05, 3.05, 8.6)
    for x in (-3.0, 14.8):                             # crossings to the line
        for i in range(7):
            mark(x - 0.45, x + 0.45, 3.3 + 0.22 * i, 3.41 + 0.22 * i)
    for x0, x1, z0, z1 in ((-12.0, -6.9, -6.6, -3.6), (-1.6, 3.6, -6.6, -3.6)):   # tank farms
        mark(x0, x1, z0, z0 + 0.07)
        mark(x0, x1, z1 - 0.07, z1)
        mark(x0, x0 + 0.07, z0 + 0.07, z1 - 0.07)
        mark(x1 - 0.07, x1, z0 + 0.07, z1 - 0.07)
    for x0, x1 in ((-13.9, -4.2), (-2.0, 5.8)):        # drain channels
        mark(x0, x1, 2.3, 2.52, "Mid", 0.004)
        n = int((x1 - x0) / 0.3)
        for i in range(n):
            a = x0 + (x1 - x0) * (i + 0.2) / n
            mark(a, a + 0.09, 2.33, 2.49, "Frame", 0.007)
    for x0, x1, z0, z1 in ((-19.5, -16.1, -1.5, 1.5), (15.7, 19.6, -1.75, 1.55)):  # pallet cells
        mark(x0, x1, z0, z1, "Mid", 0.004)
    add_node("Hall_Floor", mb, hall)

    mb = MeshBuilder()                                 # low walls, doors, cable tray
    h = 3.0
    for a, b in zip(cols, cols[1:]):
        mb.box(a + 0.02, b - 0.02, 0.0, 0.35, -HALL_Z, -HALL_Z + 0.2, "Structure", 0.02)
        mb.box(a + 0.02, b - 0.02, 0.36, 2.1, -HALL_Z + 0.02, -HALL_Z + 0.18, "Wall", 0.02)
        mb.box(a + 0.02, b - 0.02, 2.11, 2.2, -HALL_Z, -HALL_Z + 0.2, "Structure", 0.01)
        mb.box(a + 0.02, b - 0.02, 2.95, h, -HALL_Z, -HALL_Z + 0.2, "Structure", 0.01)
        for k in range(5):                             # window band
            x = a + 0.06 + (b - a - 0.12) * k / 4
            mb.cbox(x, 2.575, -HALL_Z + 0.1, 0.06, 0.75, 0.1, "Structure", 0, "-y +y")
        mb.pane((a, -HALL_Z + 0.1), (b, -HALL_Z + 0.1), 2.2, 2.95)
    zs = [-HALL_Z + 0.2, -4.4, 0.0, 4.4, HALL_Z]
    for i, (a, b) in enumerate(zip(zs, zs[1:])):
        x0 = -HALL_X
        door = i == 2
        if not door:
            mb.box(x0, x0 + 0.2, 0.0, 0.35, a + 0.02, b - 0.02, "Structure", 0.02)
            mb.box(x0 + 0.02, x0 + 0.18, 0.36, h - 0.1, a + 0.02, b - 0.02, "Wall", 0.02)
        else:                                          # roller shutter
            mb.box(x0, x0 + 0.2, 0.0, h - 0.1, a + 0.02, a + 0.4, "Wall", 0.02)
            mb.box(x0, x0 + 0.2, 0.0, h - 0.1, b - 0.4, b - 0.02, "Wall", 0.02)
            for k in range(9):
                mb.box(x0 + 0.05, x0 + 0.14, 0.02 + 0.28 * k, 0.29 + 0.28 * k, a + 0.42, b - 0.42, "Structure", 0.02)
            mb.box(x0 + 0.02, x0 + 0.45, 2.55, h - 0.1, a + 0.38, b - 0.38, "Structure", 0.03)
        mb.box(x0, x0 + 0.2, h - 0.09, h, a + 0.02, b - 0.02, "Structure", 0.01)
    # cable tray and cabinets along the back wall
    mb.box(-21.0, 15.2, 2.42, 2.44, -8.45, -8.1, "Structure")
    for z in (-8.45, -8.1):
        mb.box(-21.0, 15.2, 2.42, 2.52, z - 0.012, z + 0.012, "Structure")
    for k, z in enumerate((-8.38, -8.3, -8.22)):
        mb.box(-20.9, 15.0, 2.45, 2.49, z - 0.025, z + 0.025, "Frame", 0, "-y")
    for x in cols[1:-1]:
        mb.box(x - 0.03, x + 0.03, 2.36, 2.42, -8.62, -8.08, "Structure")
    for i in range(8):                                 # motor control centre
        x = 5.0 + 0.92 * i
        mb.box(x, x + 0.9, 0.0, 0.12, -8.5, -7.95, "Frame")
        mb.box(x, x + 0.9, 0.12, 2.15, -8.52, -7.9, "Wall", 0.02)
        mb.box(x + 0.05, x + 0.85, 0.2, 2.08, -7.92, -7.885, "Wall", 0.01)
        mb.cbox(x + 0.76, 1.1, -7.87, 0.03, 0.2, 0.03, "Frame")
        mb.cbox(x + 0.4, 1.75, -7.88, 0.3, 0.16, 0.02, "Frame")
    add_node("Hall_Walls", mb, hall)

    mb = MeshBuilder()                                 # cut-away roof trusses
    y0, y1 = 5.35, 6.15
    for x in cols:
        zb, zf = -HALL_Z + 0.1, -HALL_Z + 4.6
        top = lambda t: y1 + 0.25 * t
        mb.beam((x, y0, zb), (x, y0, zf), 0.09, 0.09, "Structure")
        mb.beam((x, top(0), zb), (x, top(1), zf), 0.11, 0.11, "Structure")
        n = 4
        for k in range(n):
            a, b = zb + (zf - zb) * k / n, zb + (zf - zb) * (k + 1) / n
            lo, hi = ((x, y0, a), (x, top((k + 1) / n), b)) if k % 2 == 0 else ((x, top(k / n), a), (x, y0, b))
            mb.beam(lo, hi, 0.05, 0.05, "Structure", skip="-x +x")
            mb.beam((x, y0, b), (x, top((k + 1) / n), b), 0.05, 0.05, "Structure", skip="-x +x")
    for z, y in ((-8.75, 6.22), (-7.0, 6.32), (-5.2, 6.42)):      # purlins
        mb.box(-HALL_X, HALL_X, y, y + 0.12, z - 0.04, z + 0.04, "Structure", 0, "-x +x")
    mb.box(-HALL_X, HALL_X, y0 + 0.05, y0 + 0.17, -8.83, -8.71, "Structure")
    mb.box(-HALL_X + 0.2, -HALL_X + 0.32, y0 + 0.05, y0 + 0.17, -8.7, HALL_Z, "Structure")
    for a, b in zip(cols, cols[1:]):                    # light strips
        x = (a + b) / 2
        for z in (-7.0, -5.2):
            mb.box(x - 0.9, x + 0.9, 5.55, 5.62, z - 0.09, z + 0.09, "Wall", 0.015)
            for s in (-0.7, 0.7):
                mb.box(x + s - 0.01, x + s + 0.01, 5.62, 6.35, z - 0.01, z + 0.01, "Structure", 0, "-y +y")
    add_node("Hall_Trusses", mb, hall)


def build_control_room():
    mb = MeshBuilder()
    w, d, h = 5.4, 3.2, 2.75                            # centre on the floor
    x0, x1, z0, z1 = -w / 2, w / 2, -d / 2, d / 2
    mb.box(x0 - 0.05, x1 + 0.05, 0.0, 0.14, z0 - 0.05, z1 + 0.05, "Frame", 0.02)
    mb.box(x0, x1, 0.14, 0.95, z1 - 0.1, z1, "Wall", 0.02)
    mb.box(x0, x0 + 0.1, 0.14, 0.95, z0, z1 - 0.1, "Wall", 0.02)
    mb.box(x0, x1, 0.14, h, z0, z0 + 0.1, "Wall", 0.02)
    mb.box(x1 - 0.1, x1, 0.14, h, z0, z1, "Wall", 0.02)
    for i in range(5):
        x = x0 + 0.05 + (w - 0.1) * i / 4
        mb.cbox(x, (0.14 + h) / 2, z1 - 0.05, 0.09, h - 0.14, 0.12, "Frame", 0.012)
    for i in range(3):
        z = z0 + 0.05 + (d - 0.1) * i / 2
        mb.cbox(x0 + 0.05, (0.14 + h) / 2, z, 0.12, h - 0.14, 0.09, "Frame", 0.012)
    mb.pane((x0, z1 - 0.05), (x1, z1 - 0.05), 0.95, h)
    mb.pane((x0 + 0.05, z0), (x0 + 0.05, z1), 0.95, h)
    mb.box(x0 - 0.2, x1 + 0.05, h, h + 0.16, z0, z1 + 0.25, "Wall", 0.03)
    mb.box(x0 + 0.6, x0 + 1.7, h + 0.16, h + 0.55, z0 + 0.6, z0 + 1.5, "Wall", 0.04)   # air unit
    with mb.at(x0 + 1.15, 0, z0 + 1.05):
        mb.cyl(0.33, h + 0.55, h + 0.58, "Frame", 20)
    mb.box(x0 + 0.5, x1 - 0.6, 0.82, 0.87, z1 - 1.2, z1 - 0.4, "Wall", 0.01)           # desk
    for x in (x0 + 0.55, x1 - 0.7):
        mb.box(x, x + 0.05, 0.14, 0.82, z1 - 1.1, z1 - 0.5, "Frame")
    for i in range(4):
        x = x0 + 1.05 + 0.95 * i
        with mb.at(x, 1.22, z1 - 0.62, rx=6):
            mb.cbox(0, 0, 0, 0.78, 0.46, 0.04, "Frame", 0.01)
        mb.cbox(x, 0.93, z1 - 0.6, 0.06, 0.14, 0.06, "Frame")
    for i in range(2):                                  # chairs
        x = x0 + 1.5 + 1.8 * i
        mb.cbox(x, 0.6, z0 + 1.3, 0.5, 0.08, 0.5, "Frame", 0.03)
        mb.cbox(x, 0.95, z0 + 1.05, 0.48, 0.6, 0.07, "Frame", 0.03)
        mb.cbox(x, 0.36, z0 + 1.3, 0.07, 0.42, 0.07, "Frame")
    # door leaf in the second front bay
    mb.cbox(x0 + 1.38 + 0.62, 1.15, z1 + 0.03, 0.04, 0.25, 0.05, "Frame", 0.01)
    add_node("ControlRoom", mb, None, (18.9, 0.0, -6.9))


# -------------------------------------------------------------------- machines
def machine_base(mb, x0, x1, z0, z1, top, n_front=3):
    """Welded base with service doors on both long sides."""
    mb.box(x0 + 0.06, x1 - 0.06, 0.14, 0.24, z0 + 0.06, z1 - 0.06, "Frame", 0.01)
    mb.box(x0, x1, 0.22, top, z0, z1, "Housing", 0.035)
    panels(mb, x0 + 0.05, x1 - 0.05, 0.29, top - 0.07, z1, n_front)
    panels(mb, x0 + 0.05, x1 - 0.05, 0.29, top - 0.07, z0, n_front, -1)
    feet(mb, x0 + 0.15, x1 - 0.15, z0 + 0.15, z1 - 0.15, 0.16, 3)


def build_depalletiser(x):
    mb = MeshBuilder()
    cx = -0.65                                          # pallet position
    xa, xb, zc, top = cx - 0.82, cx + 0.82, 0.98, 4.25
    for px in (xa, xb):
        for pz in (-zc, zc):
            mb.cbox(px, top / 2, pz, 0.16, top, 0.16, "Housing", 0.018, "-y")
            mb.cbox(px, 0.02, pz, 0.34, 0.04, 0.34, "Frame", 0.01)
            s = 0.09 if px < cx else -0.09
            mb.cbox(px + s, top / 2 + 0.35, pz, 0.03, top - 1.0, 0.07, "Frame")          # lift rail
    for pz in (-zc, zc):
        mb.box(xa - 0.08, xb + 0.08, top, top + 0.2, pz - 0.09, pz + 0.09, "Housing", 0.02)
    for px in (xa, xb):
        mb.box(px - 0.08, px + 0.08, top, top + 0.2, -zc, zc, "Housing", 0.02)
        mb.box(px - 0.04, px + 0.04, 0.42, 0.5, -zc, zc, "Frame")
    mb.box(cx - 0.28, cx + 0.28, top + 0.02, top + 0.34, -zc, zc, "Housing", 0.04)       # hoist bridge
    mb.rod((cx, top + 0.52, -0.55), (cx, top + 0.52, 0.1), 0.17, "Frame", 14, 0.03)
    mb.cbox(cx, top + 0.48, 0.3, 0.42, 0.4, 0.4, "Frame", 0.04)
    for pz in (-0.62, 0.62):
        with mb.at(cx, 0, pz):
            mb.cyl(0.13, top + 0.34, top + 0.44, "Steel", 14, 0.02)
    # pallet roller bed
    mb.box(-1.6, 0.1, 0.12, 0.32, -0.72, -0.64, "Frame", 0.01)
    mb.box(-1.6, 0.1, 0.12, 0.32, 0.64, 0.72, "Frame", 0.01)
    for i in range(9):
        rx = -1.5 + 0.19 * i
        mb.rod((rx, 0.27, -0.64), (rx, 0.27, 0.64), 0.055, "Steel", 8, caps=False)
    for px in (-1.5, -0.7, 0.0):
        for pz in (-0.68, 0.68):
            mb.cbox(px, 0.06, pz, 0.1, 0.12, 0.1, "Frame")
    # transfer table to conveyor 1
    mb.box(0.32, 1.6, 0.72, 0.94, -0.72, 0.72, "Housing", 0.03)
    mb.box(0.28, 1.6, 0.94, 0.985, -0.68, 0.68, "Steel", 0.01)
    for a, b in (((0.35, 0.7), (1.58, 0.36)), ((0.35, -0.7), (1.58, -0.36))):
        mb.beam((a[0], 1.13, a[1]), (b[0], 1.13, b[1]), 0.035, 0.16, "Steel", 0.006)
    mb.box(0.4, 1.5, 0.2, 0.72, -0.55, 0.55, "Housing", 0.03)
    panels(mb, 0.42, 1.48, 0.26, 0.68, 0.55, 2)
    mb.box(0.45, 1.45, 0.08, 0.2, -0.5, 0.5, "Frame")
    # sweeper bridge over the table
    for pz in (-0.78, 0.78):
        mb.cbox(0.55, 1.2, pz, 0.1, 1.05, 0.08, "Frame", 0.01)
    mb.box(0.48, 0.62, 1.7, 1.86, -0.84, 0.84, "Housing", 0.02)
    guard(mb, -1.6, 0.28, -1.22, 1.22, 0.08, 2.15, 2, sides="FB")
    guard(mb, 0.28, 1.58, -1.22, 1.22, 0.08, 2.15, 1, sides="FBR")
    hmi(mb, 1.0, 1.42)
    lamp_pole(mb, 0.28, 2.1, 2.45, 1.22)
    root = add_node("Depalletiser", mb, None, (x, 0, 0))
    add_lamp("Depalletiser", root, 0.28, 2.45, 1.22)

    mb = MeshBuilder()                                  # layer gripper, origin at its centre
    for pz in (-zc + 0.16, zc - 0.16):
        mb.box(xa - cx + 0.14, xb - cx - 0.14, 0.0, 0.16, pz - 0.06, pz + 0.06, "Mid", 0.015)
    for px in (xa - cx + 0.16, xb - cx - 0.16):
        mb.box(px - 0.06, px + 0.06, 0.0, 0.16, -zc + 0.1, zc - 0.1, "Mid", 0.015)
        for pz in (-zc + 0.02, zc - 0.02):
            mb.cbox(px, 0.08, pz, 0.12, 0.44, 0.12, "Frame", 0.02)
    mb.box(-0.5, 0.5, 0.02, 0.12, -0.6, 0.6, "Housing", 0.02)
    mb.box(-0.26, 0.26, 0.12, 0.3, -0.3, 0.3, "Frame", 0.03)
    for i in range(6):
        px = -0.44 + 0.88 * i / 5
        mb.box(px - 0.035, px + 0.035, -0.1, 0.02, -0.56, 0.56, "Steel", 0.01)
    for pz in (-0.64, 0.64):
        mb.box(-0.5, 0.5, -0.22, 0.1, pz - 0.02, pz + 0.02, "Mid", 0.008)
    add_node("Depalletiser_Carriage", mb, root, (cx, 1.98, 0))

    stack = shared("BottlePalletMesh", bottle_pallet)   # origin at the floor
    add_node("Depalletiser_Pallet", stack, root, (cx, 0, 0))


def bottle_pallet(mb):
    """Pallet with bottle layers, standing on the roller bed (0.33 m)."""
    pallet(mb, 0, 0.33, 0)
    nx, nz, pitch, y = 7, 9, 0.135, 0.33 + 0.146
    for layer in range(3):
        for i in range(nx):
            for j in range(nz):
                if layer == 2 or i in (0, nx - 1) or j in (0, nz - 1):
                    tiny_bottle(mb, (i - (nx - 1) / 2) * pitch, y, (j - (nz - 1) / 2) * pitch)
        y += BOTTLE_H
        if layer < 2:
            mb.cbox(0, y + 0.008, 0, 0.98, 0.016, 1.2, "Case", 0, "-y" if layer else "")
            y += 0.016


def build_rinser(x):
    mb = MeshBuilder()
    machine_base(mb, -0.95, 0.95, -0.95, 0.95, 0.82, 2)
    with mb.at():
        mb.cyl(0.9, 0.82, 0.9, "Steel", 32, 0.02, bottom=False)
        mb.cyl(0.2, 0.9, 2.1, "Steel", 16, bottom=False)
        mb.lathe([(0.66, 2.12), (0.68, 2.2), (0.5, 2.42), (0.2, 2.5), (0.2, 2.62), (0.0, 2.62)], "Housing", 28)
        mb.lathe([(0.0, 2.12), (0.66, 2.12)], "Housing", 28, inward=False)
    transfer_lane(mb, -1.0, -0.55)
    transfer_lane(mb, 0.55, 1.0)
    starwheel(mb, -0.6, BELT_Y + 0.08, 0.28, 0.26, 8)
    starwheel(mb, 0.6, BELT_Y + 0.08, 0.28, 0.26, 8)
    guard(mb, -0.97, 0.97, -0.97, 0.97, 0.82, 2.1, 2)
    for s in (-0.97, 0.97):                             # top cross beams carry the hood
        mb.box(-0.97, 0.97, 2.06, 2.14, s - 0.04, s + 0.04, "Housing", 0.01)
    mb.box(-0.06, 0.06, 2.06, 2.14, -0.97, 0.97, "Housing", 0.01)
    mb.rod((0.0, 2.5, -0.2), (0.0, 2.5, -0.85), 0.05, "Steel", 10)
    mb.rod((0.0, 2.55, -0.85), (0.0, 0.4, -1.05), 0.05, "Steel", 10)
    cabinet(mb, -0.5, 0.5, -1.75, -1.3, 1.7)
    hmi(mb, 1.0, 1.25)
    lamp_pole(mb, 0.93, 2.1, 2.45, 0.93)
    root = add_node("Rinser", mb, None, (x, 0, 0))
    add_lamp("Rinser", root, 0.93, 2.45, 0.93)

    mb = MeshBuilder()                                  # gripper wheel, pivot on its axis
    mb.cyl(0.46, -0.10, 0.02, "Steel", 28, 0.02)
    mb.cyl(0.30, 0.02, 0.30, "Frame", 20, 0.03)
    mb.cyl(0.40, -0.36, -0.28, "Steel", 28, 0.02)
    mb.cyl(0.26, -0.42, -0.10, "Frame", 20)
    for a, px, pz in ring_positions(14, 0.66):
        with mb.at(0, 0, 0, ry=a):
            mb.box(-0.025, 0.025, -0.05, -0.01, 0.44, 0.6, "Frame")
            mb.cbox(0, -0.04, 0.63, 0.11, 0.09, 0.07, "Steel", 0.015)
            mb.rod((0, -0.34, 0.39), (0, -0.34, 0.66), 0.014, "Steel", 6)
            mb.rod((0, -0.34, 0.66), (0, -0.20, 0.66), 0.012, "Steel", 6)
            bottle(mb, 0, 0.21, 0.66, 8, upside_down=True)
    add_node("Rinser_Carousel", mb, root, (0, 1.5, 0))


def build_filler(x):
    mb = MeshBuilder()
    machine_base(mb, -1.45, 1.45, -1.35, 1.35, 0.80, 4)
    with mb.at():
        mb.cyl(1.3, 0.80, 0.88, "Steel", 40, 0.02, bottom=False)
        mb.cyl(0.34, 0.88, 2.5, "Steel", 20, bottom=False)
        mb.lathe([(0.34, 2.5), (0.44, 2.52), (0.44, 2.62), (0.22, 2.72), (0.12, 2.78), (0.0, 2.78)], "Steel", 24)
    transfer_lane(mb, -1.5, -1.0)
    transfer_lane(mb, 1.0, 1.5)
    starwheel(mb, -1.08, BELT_Y + 0.1, 0.86, 0.33, 10)
    starwheel(mb, 1.08, BELT_Y + 0.1, 0.86, 0.33, 10, phase=0.5)
    guard(mb, -1.47, 1.47, -1.37, 1.37, 0.80, 2.02, 3)
    for px in (-1.47, 1.47):                            # lifting columns outside the carousel
        for pz in (-1.37, 1.37):
            mb.cbox(px, 1.44, pz, 0.15, 1.28, 0.15, "Housing", 0.02)
    for pz in (-1.37, 1.37):
        mb.box(-1.545, 1.545, 2.02, 2.12, pz - 0.075, pz + 0.075, "Housing", 0.02)
    for px in (-1.47, 1.47):
        mb.box(px - 0.075, px + 0.075, 2.02, 2.12, -1.3, 1.3, "Housing", 0.02)
    cabinet(mb, -1.3, 0.7, -2.1, -1.6, 2.0, 3)
    hmi(mb, 1.25, 1.75)
    mb.box(-1.35, -0.7, 0.2, 0.9, 1.45, 1.75, "Housing", 0.03)          # valve manifold box
    panels(mb, -1.33, -0.72, 0.28, 0.82, 1.75, 1)
    mb.box(-1.3, -0.75, 0.0, 0.2, 1.48, 1.72, "Frame")
    lamp_pole(mb, 1.47, 2.12, 2.45, 1.37)
    root = add_node("Filler", mb, None, (x, 0, 0))
    add_lamp("Filler", root, 1.47, 2.45, 1.37)

    mb = MeshBuilder()                                  # origin on the axis at belt height
    mb.lathe([(0.36, 0.06), (0.36, -0.1), (1.16, -0.1), (1.16, -0.02), (0.98, 0.0), (0.98, 0.06), (0.36, 0.06)], "Mid", 40)
    mb.lathe([(0.70, 0.86), (0.70, 0.72), (1.12, 0.72), (1.14, 0.74), (1.14, 0.86), (0.70, 0.86)], "Steel", 40)
    for a, px, pz in ring_positions(8, 0.8):
        with mb.at(0, 0, 0, ry=a):
            mb.cbox(0, 0.39, 0.62, 0.06, 0.68, 0.05, "Frame", 0.0, "-y +y")
    n = 24
    for a, px, pz in ring_positions(n, 1.05):
        with mb.at(0, 0, 0, ry=a):
            with mb.at(0, 0, 1.05):
                mb.cyl(0.075, -0.02, 0.005, "Steel", 8, bottom=False)    # lift plate
                mb.cyl(0.055, 0.50, 0.73, "Steel", 8, top=False)         # filling valve
                mb.cyl(0.028, 0.40, 0.50, "Frame", 8, top=False)
                bottle(mb, 0, 0.008, 0)
            mb.cbox(0, 0.60, 1.135, 0.05, 0.16, 0.06, "Frame", 0.01)     # valve actuator
    add_node("Filler_Carousel", mb, root, (0, BELT_Y, 0))

    mb = MeshBuilder()                                  # ring bowl with spokes, origin at its centre
    mb.lathe([(0.72, -0.16), (1.08, -0.16), (1.17, -0.08), (1.19, 0.0), (1.17, 0.10), (1.08, 0.17),
              (0.72, 0.17), (0.64, 0.10), (0.62, 0.0), (0.64, -0.08), (0.72, -0.16)], "Steel", 44, hard=55)
    for a, px, pz in ring_positions(4, 0.5, 0.5):
        with mb.at(0, 0, 0, ry=a):
            mb.rod((0, 0.38, 0.2), (0, 0.38, 0.82), 0.05, "Steel", 10)
            mb.rod((0, 0.40, 0.80), (0, 0.12, 0.80), 0.05, "Steel", 10)
    for a, px, pz in ring_positions(6, 0.9, 0.25):
        with mb.at(px, 0, pz):
            mb.cyl(0.05, 0.17, 0.25, "Frame", 10, 0.01)
    add_node("Filler_Bowl", mb, root, (0, 2.05, 0))


def build_capper(x):
    mb = MeshBuilder()
    machine_base(mb, -0.76, 0.76, -0.8, 0.8, 0.82, 2)
    mb.cyl(0.7, 0.82, 0.9, "Steel", 28, 0.02, bottom=False)
    transfer_lane(mb, -0.8, -0.45)
    transfer_lane(mb, 0.45, 0.8)
    guard(mb, -0.77, 0.77, -0.82, 0.82, 0.82, 2.1, 1)
    mb.box(-0.8, 0.8, 2.1, 2.22, -0.85, 0.85, "Housing", 0.03)
    mb.box(-0.34, 0.34, 2.22, 2.62, -0.34, 0.34, "Housing", 0.05)       # drive head
    mb.cyl(0.2, 2.62, 2.82, "Frame", 16, 0.03)
    # cap sorter: bowl on a mast at the back, hopper and chute
    mb.box(-0.14, 0.14, 0.0, 2.5, -1.45, -1.2, "Housing", 0.02, "-y")
    mb.box(-0.45, 0.45, 0.0, 0.06, -1.7, -1.0, "Frame", 0.01)
    with mb.at(0.0, 0, -1.2):
        mb.lathe([(0.16, 2.5), (0.5, 2.8), (0.56, 2.8), (0.56, 3.12), (0.52, 3.12), (0.48, 2.84), (0.0, 2.72)], "Steel", 24)
    with mb.at(0.0, 2.86, -0.62, rx=30):
        mb.cbox(0, -0.12, 0, 0.16, 0.05, 0.95, "Steel", 0.01)
        for s in (-0.08, 0.08):
            mb.cbox(s, -0.08, 0, 0.02, 0.12, 0.95, "Steel", 0.0)
    mb.box(-0.5, 0.5, 0.7, 1.05, -2.05, -1.5, "Housing", 0.03)          # floor hopper + elevator
    mb.box(-0.4, 0.4, 0.0, 0.7, -1.95, -1.55, "Frame", 0.02)
    with mb.at(0.0, 2.0, -1.72, rx=14):
        mb.cbox(0, 0, 0, 0.34, 2.3, 0.12, "Housing", 0.03)
    hmi(mb, 1.0, 1.15)
    lamp_pole(mb, 0.7, 2.2, 2.5, 0.75)
    root = add_node("Capper", mb, None, (x, 0, 0))
    add_lamp("Capper", root, 0.7, 2.5, 0.75)

    mb = MeshBuilder()                                  # turret, origin on its axis
    mb.cyl(0.16, -0.28, 0.5, "Frame", 16)
    starwheel(mb, 0.0, BELT_Y + 0.08 - 1.52, 0.0, 0.42, 10, phase=0.5, h=0.06)   # turns with the bottles
    mb.cyl(0.5, 0.20, 0.34, "Housing", 28, 0.03)
    mb.cyl(0.44, 0.0, 0.06, "Steel", 28, 0.015)
    for a, px, pz in ring_positions(10, 0.4):
        with mb.at(px, 0, pz):
            mb.cyl(0.055, 0.06, 0.20, "Steel", 10, bottom=False, top=False)
            mb.cyl(0.042, -0.07, 0.0, "Steel", 10, bottom=False, top=False)
            mb.cyl(0.05, -0.13, -0.07, "Frame", 10, 0.01)
            mb.cyl(0.03, 0.34, 0.44, "Steel", 8, 0.008, bottom=False)
            bottle(mb, 0, -0.5, 0)
    add_node("Capper_Turret", mb, root, (0, 1.52, 0))


def build_pasteuriser(x):
    mb = MeshBuilder()
    L, W = 7.2, 2.1                                     # overall length and width
    hx, hz = L / 2, W / 2
    # three water sumps under the tunnel
    zl = 2.16
    for i in range(3):
        a = -3 * zl / 2 + i * zl
        mb.box(a + 0.04, a + zl - 0.04, 0.28, 0.86, -hz + 0.12, hz - 0.12, "Steel", 0.04)
        panels(mb, a + 0.12, a + zl - 0.12, 0.36, 0.78, hz - 0.12, 2, mat="Steel")
        # spray pump of this sump
        mb.rod((a + 0.55, 0.42, hz + 0.16), (a + 1.0, 0.42, hz + 0.16), 0.12, "Frame", 14, 0.02)
        mb.rod((a + 1.0, 0.42, hz + 0.16), (a + 1.16, 0.42, hz + 0.16), 0.17, "Steel", 16, 0.02)
        mb.cbox(a + 0.85, 0.2, hz + 0.16, 0.62, 0.05, 0.26, "Frame", 0.01)
        foot(mb, a + 0.6, hz + 0.16, 0.2)
        foot(mb, a + 1.1, hz + 0.16, 0.2)
        mb.tube([(a + 1.08, 0.55, hz + 0.16), (a + 1.08, 1.02, hz + 0.16), (a + 1.45, 1.02, hz + 0.16),
                 (a + 1.45, 2.3, hz + 0.16), (a + 1.45, 2.3, hz - 0.35)], 0.05, "Steel", 0.1, 10, 3, flange=False)
    mb.has_uv = False
    feet(mb, -3.1, 3.1, -hz + 0.25, hz - 0.25, 0.3, 6)
    mb.box(-hx + 0.02, hx - 0.02, 0.86, 0.96, -hz + 0.02, hz - 0.02, "Frame", 0.02)
    # end vestibules
    for s in (-1, 1):
        a, b = sorted((s * (hx - 0.32), s * (hx - 0.02)))
        for sz in (-1, 1):
            c, d = sorted((sz * 0.55, sz * (hz - 0.04)))
            mb.box(a, b, 0.96, 1.62, c, d, "Housing", 0.03)
        mb.box(a, b, 1.62, 2.14, -hz + 0.04, hz - 0.04, "Housing", 0.03)
    mb.box(-hx, hx, 0.955, 0.985, -0.5, 0.5, "Steel")
    # roof manifold and exhaust
    mb.rod((-3.0, 2.62, -0.45), (3.0, 2.62, -0.45), 0.085, "Steel", 12, 0.02)
    for i in range(6):
        px = -2.7 + 1.08 * i
        mb.rod((px, 2.3, -0.45), (px, 2.6, -0.45), 0.045, "Steel", 8, caps=False)
    with mb.at(-2.2, 0, 0.35):
        mb.cyl(0.17, 2.3, 2.95, "Housing", 16, bottom=False)
        mb.cyl(0.3, 3.0, 3.1, "Housing", 16, 0.0, r_top=0.06)
        mb.cyl(0.05, 2.9, 3.05, "Frame", 6)
    with mb.at(2.2, 0, 0.35):
        mb.cyl(0.17, 2.3, 2.95, "Housing", 16, bottom=False)
        mb.cyl(0.3, 3.0, 3.1, "Housing", 16, 0.0, r_top=0.06)
        mb.cyl(0.05, 2.9, 3.05, "Frame", 6)
    # catwalk rail on the roof, control desk, back cabinet
    hmi(mb, 3.45, hz + 0.45)
    cabinet(mb, -3.3, -1.7, -hz - 0.75, -hz - 0.25, 2.0, 2)
    lamp_pole(mb, 3.3, 2.1, 2.6, 0.85)
    root = add_node("Pasteuriser", mb, None, (x, 0, 0))
    add_lamp("Pasteuriser", root, 3.3, 2.6, 0.85)

    zone = shared("ZoneMesh", lambda m: pasteuriser_zone(m, zl, hz))
    for i in range(3):
        add_node(f"Pasteuriser_Zone{i + 1}", zone, root, (-zl + i * zl, 1.61, 0))

    mb = MeshBuilder()                                  # strip curtains at both mouths
    for s in (-1, 1):
        px = s * (hx - 0.05)
        mb.cbox(px + s * 0.04, 1.63, 0, 0.05, 0.05, 1.1, "Frame", 0.01)
        n = 9
        for k in range(n):
            c = -0.53 + 1.06 * (k + 0.5) / n
            off = s * (0.035 if k % 2 else 0.055)
            mb.poly([(px + off, 1.03, c - 0.056), (px + off, 1.03, c + 0.056), (px + off, 1.62, c + 0.056),
                     (px + off, 1.62, c - 0.056)], (s, 0, 0), "Curtain")
    add_node("Pasteuriser_Curtain", mb, root)


def pasteuriser_zone(mb, zl, hz):
    """One tunnel section, origin at its centre."""
    a = zl / 2 - 0.02
    # cross-section with sloping shoulders, extruded along x
    def shell(x0, x1, grow, mat):
        g = grow
        prof = [(-hz + 0.02 - g, -0.64), (-hz + 0.02 - g, 0.44), (-hz + 0.26, 0.66 + g), (hz - 0.26, 0.66 + g),
                (hz - 0.02 + g, 0.44), (hz - 0.02 + g, -0.64)]
        for (z0, y0), (z1, y1) in zip(prof, prof[1:]):
            n = Vector((0, -(z1 - z0), (y1 - y0))).normalized()
            n = n if n.y > 0.01 or n.z * (z0 + z1) > 0 else -n
            mb.poly([(x0, y0, z0), (x1, y0, z0), (x1, y1, z1), (x0, y1, z1)], n, mat)
        for xx, nx in ((x0, -1), (x1, 1)):
            mb.poly([(xx, y, z) for z, y in prof], (nx, 0, 0), mat)
    shell(-a, a, 0.0, "Zone")
    for s in (-a + 0.05, a - 0.05):
        shell(s - 0.05, s + 0.05, 0.025, "Frame")
    for k in range(2):                              # inspection hatches, both sides
        c = -a / 2 + 0.02 + k * (a - 0.04)
        for s in (-1, 1):
            z = s * (hz - 0.02)
            mb.box(c - 0.42, c + 0.42, -0.5, 0.34, z - 0.03, z + 0.03, "Zone", 0.02)
            mb.box(c - 0.30, c + 0.30, -0.14, 0.22, z - 0.038, z + 0.038, "Frame", 0.012)
            mb.cbox(c, -0.34, z + s * 0.045, 0.26, 0.035, 0.03, "Frame", 0.008)
    for k in range(3):                              # roof hatches
        c = (k - 1) * 0.62
        mb.box(c - 0.26, c + 0.26, 0.64, 0.70, -0.2, 0.62, "Zone", 0.02)


def build_labeller(x):
    mb = MeshBuilder()
    machine_base(mb, -0.95, 0.95, -0.85, 0.85, 0.82, 3)
    mb.cyl(0.82, 0.82, 0.92, "Steel", 32, 0.02, bottom=False)
    transfer_lane(mb, -1.0, -0.6)
    transfer_lane(mb, 0.6, 1.0)
    starwheel(mb, -0.72, BELT_Y + 0.08, 0.30, 0.22, 8)
    starwheel(mb, 0.72, BELT_Y + 0.08, 0.30, 0.22, 8, phase=0.5)
    guard(mb, -0.97, 0.97, -0.9, 0.9, 0.82, 2.0, 2, sides="BLR")
    # portal over the carousel, carried by two rear columns
    for px in (-0.78, 0.78):
        mb.box(px - 0.11, px + 0.11, 0.8, 2.42, -0.86, -0.62, "Housing", 0.03)
    mb.box(-0.9, 0.9, 2.22, 2.46, -0.88, 0.22, "Housing", 0.04)
    mb.cyl(0.34, 2.02, 2.24, "Housing", 24, 0.04)
    mb.cyl(0.2, 2.46, 2.66, "Frame", 18, 0.03)
    # two label stations at the operator side: column, plate, reels, label web
    for s in (-1, 1):
        with mb.at(s * 0.68, 0, 1.22, ry=s * 14):
            mb.box(-0.36, 0.36, 0.0, 0.12, -0.26, 0.28, "Frame", 0.02)
            mb.box(-0.3, 0.3, 0.12, 0.95, -0.2, 0.22, "Housing", 0.04)
            panels(mb, -0.28, 0.28, 0.2, 0.88, 0.22, 1)
            mb.box(-0.4, 0.4, 0.95, 1.0, -0.32, 0.3, "Steel", 0.015)
            mb.cbox(0, 1.4, -0.05, 0.12, 0.85, 0.12, "Frame", 0.02)
            for px, pz, py in ((-0.2, 0.12, 1.62), (0.2, 0.12, 1.32)):
                with mb.at(px, py, pz):
                    mb.cyl(0.26, -0.02, 0.0, "Frame", 24, bottom=True)
                    mb.cyl(0.22, 0.0, 0.16, "Housing", 24, 0.01, bottom=False)
                    mb.cyl(0.07, 0.16, 0.22, "Frame", 12, 0.01, bottom=False)
            for px, pz in ((-0.3, -0.24), (0.0, -0.3), (0.3, -0.24)):
                with mb.at(px, 0, pz):
                    mb.cyl(0.04, 1.0, 1.36, "Steel", 10, 0.01)
            mb.beam((-0.3, 1.2, -0.28), (0.0, 1.2, -0.34), 0.006, 0.14, "Housing")
            mb.beam((0.0, 1.2, -0.34), (0.3, 1.2, -0.28), 0.006, 0.14, "Housing")
    cabinet(mb, -0.8, 0.8, -1.65, -1.15, 2.0, 2)
    hmi(mb, 1.5, 1.3)
    lamp_pole(mb, 0.86, 2.44, 2.62, -0.1)
    root = add_node("Labeller", mb, None, (x, 0, 0))
    add_lamp("Labeller", root, 0.86, 2.62, -0.1)

    mb = MeshBuilder()                                  # bottle table with centring heads
    mb.cyl(0.62, -0.08, -0.015, "Steel", 36, 0.02)
    mb.cyl(0.17, -0.02, 1.02, "Steel", 16, bottom=False, top=False)
    mb.cyl(0.56, 0.62, 0.86, "Housing", 32, 0.05)
    for a, px, pz in ring_positions(12, 0.51):
        with mb.at(px, 0, pz):
            mb.cyl(0.085, -0.02, 0.0, "Steel", 12, bottom=False)
            mb.cyl(0.03, 0.43, 0.62, "Steel", 8, bottom=False, top=False)
            mb.cyl(0.045, 0.37, 0.43, "Frame", 10, 0.01)
            bottle(mb, 0, 0.002, 0)
    add_node("Labeller_Carousel", mb, root, (0, BELT_Y, 0))


def build_packer(x):
    mb = MeshBuilder()
    mb.box(-0.95, 0.95, 0.2, 0.36, -0.8, 0.8, "Housing", 0.03)
    feet(mb, -0.8, 0.8, -0.66, 0.66, 0.22)
    for px in (-0.86, 0.86):
        for pz in (-0.8, 0.8):
            mb.box(px - 0.08, px + 0.08, 0.06, 2.95, pz - 0.08, pz + 0.08, "Housing", 0.02)
    for pz in (-0.8, 0.8):
        mb.box(-0.94, 0.94, 2.95, 3.15, pz - 0.09, pz + 0.09, "Housing", 0.02)
    for px in (-0.86, 0.86):
        mb.box(px - 0.08, px + 0.08, 2.95, 3.15, -0.75, 0.75, "Housing", 0.02)
    mb.box(-0.32, 0.32, 2.93, 3.2, -0.85, 0.85, "Housing", 0.03)
    mb.cbox(0, 3.34, -0.1, 0.36, 0.3, 0.44, "Frame", 0.04)
    mb.rod((0, 3.36, 0.12), (0, 3.36, 0.55), 0.14, "Frame", 14, 0.03)
    for px in (-0.22, 0.22):                            # vertical guide columns of the head
        with mb.at(px, 0, 0):
            mb.cyl(0.035, 2.3, 3.3, "Steel", 10, bottom=False)
    # infeed table with lane dividers, outfeed with a case under the head
    mb.box(-1.0, 1.0, 0.82, 0.985, -0.36, 0.36, "Frame", 0.02)
    mb.box(-0.8, 0.8, 0.36, 0.82, -0.3, 0.3, "Housing", 0.03)
    panels(mb, -0.78, 0.78, 0.4, 0.78, 0.3, 2)
    for pz in (-0.3, -0.1, 0.1, 0.3):
        mb.box(-1.0, -0.28, 0.985, 1.2, pz - 0.008, pz + 0.008, "Steel")
    for s in (-0.3, 0.3):
        mb.rod((0.25, 1.2, s), (1.0, 1.2, s), 0.014, "Steel", 6)
    # case blank magazine at the back
    mb.box(-0.6, 0.6, 0.0, 0.1, -2.1, -1.05, "Frame", 0.02)
    mb.box(-0.55, 0.55, 0.1, 0.85, -2.0, -1.1, "Housing", 0.04)
    with mb.at(0, 0.95, -1.5, rx=-12):
        for i in range(9):
            mb.cbox(0, 0.34, -0.42 + 0.1 * i, 0.84, 0.6, 0.05, "Steel", 0.0)
        for s in (-0.46, 0.46):
            mb.box(s - 0.02, s + 0.02, 0.0, 0.5, -0.5, 0.5, "Frame")
    guard(mb, -0.95, 0.95, -0.86, 0.86, 0.36, 2.0, 1)
    mb.box(1.02 - 0.5, 1.02, 0.2, 1.5, 0.98, 1.3, "Housing", 0.03)       # side cabinet
    panels(mb, 0.54, 1.0, 0.28, 1.42, 1.3, 1)
    mb.box(0.54, 1.0, 0.0, 0.2, 1.0, 1.28, "Frame")
    hmi(mb, -0.75, 1.35)
    lamp_pole(mb, 0.86, 3.15, 3.4, 0.8)
    root = add_node("Packer", mb, None, (x, 0, 0))
    add_lamp("Packer", root, 0.86, 3.4, 0.8)

    mb = MeshBuilder()                                  # gripper head, origin at its plate
    mb.box(-0.4, 0.4, 0.0, 0.09, -0.3, 0.3, "Mid", 0.02)
    mb.box(-0.3, 0.3, 0.09, 0.24, -0.14, 0.14, "Frame", 0.03)
    for px in (-0.22, 0.22):
        with mb.at(px, 0, 0):
            mb.cyl(0.075, 0.09, 0.34, "Steel", 12, 0.015, bottom=False)
    for i in range(5):
        for j in range(4):
            with mb.at(-0.3 + 0.15 * i, 0, -0.21 + 0.14 * j):
                mb.cyl(0.026, -0.13, 0.0, "Steel", 8, top=False, bottom=False)
                mb.cyl(0.05, -0.2, -0.13, "Frame", 8, 0.01)
    add_node("Packer_Head", mb, root, (0, 2.26, 0))


PALLETISER_PICK = (-1.25, 0.0)      # local x, z under the gripper at arm angle -51.3 degrees
PALLETISER_ROBOT = (0.0, -1.0)


def build_palletiser(x):
    mb = MeshBuilder()
    rx, rz = PALLETISER_ROBOT
    # infeed roller table
    mb.box(-1.8, -0.85, 0.84, 0.96, -0.34, -0.28, "Frame", 0.01)
    mb.box(-1.8, -0.85, 0.84, 0.96, 0.28, 0.34, "Frame", 0.01)
    for i in range(9):
        px = -1.74 + 0.105 * i
        mb.rod((px, 0.96, -0.28), (px, 0.96, 0.28), 0.04, "Steel", 8, caps=False)
    mb.box(-0.87, -0.83, 0.84, 1.16, -0.34, 0.34, "Housing", 0.01)
    for px in (-1.7, -0.95):
        for pz in (-0.31, 0.31):
            mb.cbox(px, 0.42, pz, 0.07, 0.84, 0.07, "Frame", 0.008, "-y")
            mb.cbox(px, 0.015, pz, 0.14, 0.03, 0.14, "Frame")
        mb.cbox(px, 0.3, 0, 0.05, 0.05, 0.6, "Frame")
    # pallet roller bed at the outfeed
    for pz in (-0.7, 0.7):
        mb.box(0.65, 1.85, 0.06, 0.24, pz - 0.04, pz + 0.04, "Frame", 0.01)
    for i in range(7):
        px = 0.74 + 0.17 * i
        mb.rod((px, 0.19, -0.66), (px, 0.19, 0.66), 0.05, "Steel", 8, caps=False)
    # robot pedestal
    with mb.at(rx, 0, rz):
        mb.box(-0.48, 0.48, 0.0, 0.06, -0.48, 0.48, "Frame", 0.015)
        mb.cyl(0.42, 0.06, 0.5, "Housing", 24, 0.03, bottom=False, r_top=0.36)
        mb.cyl(0.38, 0.5, 0.6, "Frame", 24, 0.02)
    # fence: back, right, and short front wings with a light-curtain gap
    def fence(ax, az, bx, bz, n, h=2.0):
        for i in range(n + 1):
            t = i / n
            px, pz = ax + (bx - ax) * t, az + (bz - az) * t
            mb.cbox(px, h / 2, pz, 0.06, h, 0.06, "Frame", 0.008, "-y")
            mb.cbox(px, 0.01, pz, 0.14, 0.02, 0.14, "Frame")
        for y in (0.16, h - 0.03):
            mb.beam((ax, y, az), (bx, y, bz), 0.04, 0.05, "Frame")
        mb.pane((ax, az), (bx, bz), 0.18, h - 0.05)
    fence(-1.78, -1.75, 1.9, -1.75, 3)
    fence(-1.78, -1.75, -1.78, -0.5, 1)
    fence(-1.78, 0.5, -1.78, 1.45, 1)
    fence(-1.78, 1.45, 0.35, 1.45, 2)
    fence(1.9, -1.75, 1.9, -0.8, 1)
    for px in (0.55, 1.9):                              # light curtain posts
        mb.cbox(px, 0.9, 1.45, 0.12, 1.8, 0.12, "Housing", 0.02, "-y")
        mb.cbox(px, 0.95, 1.515, 0.05, 1.4, 0.02, "Frame", 0.005)
    mb.cbox(1.9, 0.9, 0.8, 0.08, 1.8, 0.08, "Housing", 0.015, "-y")
    cabinet(mb, -1.7, -0.8, -2.35, -1.9, 1.9, 2)
    hmi(mb, -1.2, 1.75)
    lamp_pole(mb, -1.78, 1.98, 2.3, 1.45)
    root = add_node("Palletiser", mb, None, (x, 0, 0))
    add_lamp("Palletiser", root, -1.78, 2.3, 1.45)

    mb = MeshBuilder()                                  # arm reaching to +Z, origin on the robot axis
    mb.cyl(0.36, 0.0, 0.16, "Housing", 24, 0.03)
    mb.box(-0.3, 0.3, 0.14, 0.62, -0.3, 0.26, "Housing", 0.07)
    mb.rod((-0.38, 0.5, 0.02), (0.38, 0.5, 0.02), 0.22, "Frame", 20, 0.03)          # shoulder
    mb.rod((0.38, 0.5, 0.02), (0.56, 0.5, 0.02), 0.14, "Frame", 16, 0.03)
    for s in (-0.2, 0.2):                               # lower arm
        mb.beam((s, 0.5, 0.02), (s, 1.62, -0.28), 0.12, 0.26, "Housing", 0.03)
    mb.rod((-0.34, 1.62, -0.28), (0.34, 1.62, -0.28), 0.2, "Frame", 20, 0.03)       # elbow
    mb.cbox(0, 1.62, -0.62, 0.34, 0.34, 0.42, "Frame", 0.06)                        # counterweight
    mb.beam((0, 1.62, -0.45), (0, 1.68, 1.6), 0.24, 0.26, "Housing", 0.05)          # upper arm
    mb.beam((0.0, 0.95, -0.45), (0.0, 1.72, -0.7), 0.06, 0.1, "Frame", 0.02)        # link rods
    mb.beam((0.0, 1.92, -0.3), (0.0, 1.88, 1.5), 0.06, 0.06, "Frame", 0.012)
    mb.rod((-0.18, 1.68, 1.6), (0.18, 1.68, 1.6), 0.16, "Frame", 18, 0.02)          # wrist
    with mb.at(0, 0, 1.6):
        mb.cyl(0.1, 1.28, 1.6, "Housing", 16, 0.02)
        mb.cyl(0.15, 1.22, 1.30, "Frame", 18, 0.02)
        mb.box(-0.3, 0.3, 1.14, 1.22, -0.22, 0.22, "Frame", 0.02)                   # gripper
        for i in range(3):
            for s in (-1, 1):
                mb.cbox(-0.18 + 0.18 * i, 1.0, s * 0.2, 0.05, 0.3, 0.03, "Steel", 0.008)
        mb.box(-0.19, 0.19, 0.72, 1.1, -0.15, 0.15, "Case", 0.012)                  # the case it holds
        mb.box(-0.192, 0.192, 1.085, 1.102, -0.025, 0.025, "Frame")
    add_node("Palletiser_Arm", mb, root, (rx, 0.6, rz))

    mb = MeshBuilder()                                  # origin at the floor; below the held case
    case_pallet(mb, 2, missing=((0, 3), (1, 3), (1, 2)))
    add_node("Palletiser_Pallet", mb, root, (1.25, 0, 0))


def case_pallet(mb, layers, missing=()):
    """Pallet with stacked cases, standing on the roller bed (0.24 m)."""
    pallet(mb, 0, 0.24, 0)
    y = 0.24 + 0.146
    for layer in range(layers):
        for i in range(2):
            for j in range(4):
                if layer == layers - 1 and (i, j) in missing:
                    continue
                cx, cz = -0.235 + 0.47 * i, -0.45 + 0.3 * j
                mb.box(cx - 0.225, cx + 0.225, y, y + 0.395, cz - 0.143, cz + 0.143, "Case", 0.012)
        y += 0.4


# ------------------------------------------------------------------- conveyors
def conveyor_frame(mb, length, width, lanes):
    hw = width / 2
    hl = length / 2
    for s in (-1, 1):
        z = s * (hw + 0.025)
        mb.box(-hl, hl, BELT_Y - 0.16, BELT_Y + 0.015, z - 0.025, z + 0.025, "Mid", 0.012)
        zr = s * (hw - 0.01)
        for y in ((BELT_Y + 0.10, BELT_Y + 0.19) if lanes > 1 else (BELT_Y + 0.16,)):
            mb.rod((-hl, y, zr), (hl, y, zr), 0.013, "Steel", 6, caps=False)
        n = max(2, round(length / 0.65))
        for i in range(n):                               # rail brackets
            px = -hl + length * (i + 0.5) / n
            mb.box(px - 0.015, px + 0.015, BELT_Y - 0.02, BELT_Y + 0.22, z - 0.012 + s * 0.02, z + 0.012 + s * 0.02, "Frame", 0, "-y")
    n = max(2, round(length / 1.1) + 1)
    inset = 0.18
    for i in range(n):
        px = -hl + inset + (length - 2 * inset) * i / (n - 1)
        for s in (-1, 1):
            z = s * (hw - 0.02)
            mb.cbox(px, 0.45, z, 0.06, 0.84, 0.06, "Frame", 0.008, "-y")
            mb.cbox(px, 0.015, z, 0.15, 0.03, 0.13, "Frame", 0.006)
        mb.cbox(px, 0.34, 0, 0.045, 0.045, width - 0.06, "Frame", 0, "-z +z")
        mb.cbox(px, BELT_Y - 0.12, 0, 0.08, 0.05, width, "Frame", 0, "-z +z")
    mb.cbox(0, 0.34, 0, length - 2 * inset, 0.04, 0.04, "Frame", 0, "-x +x")
    # gear motor under the drive end, return rollers
    mb.rod((hl - 0.22, BELT_Y - 0.26, hw - 0.02), (hl - 0.22, BELT_Y - 0.26, hw + 0.22), 0.085, "Frame", 14, 0.015)
    mb.cbox(hl - 0.22, BELT_Y - 0.24, hw - 0.06, 0.22, 0.2, 0.14, "Mid", 0.02)
    for px in (-hl + 0.08, hl - 0.08):
        mb.rod((px, BELT_Y - 0.08, -hw), (px, BELT_Y - 0.08, hw), 0.065, "Steel", 10, caps=False)
    mb.box(-hl, hl, BELT_Y - 0.16, BELT_Y - 0.145, -hw + 0.02, hw - 0.02, "Frame")     # belt return
    if length > 1.2:
        mb.cbox(-hl + 0.5, 0.72, hw + 0.06, 0.22, 0.28, 0.12, "Mid", 0.02)             # field box


def conveyor_belt(mb, length, width):
    """Belt, origin at the centre of its top.  UV: U = metres from the start, V 0..1 across."""
    hl, hw = length / 2, width / 2
    mb.has_uv = True
    xa, xb, z = -hl - 0.01, hl + 0.01, hw - 0.004
    ua, ub = -0.01, length + 0.01
    mb.poly([(xa, 0, -z), (xb, 0, -z), (xb, 0, z), (xa, 0, z)], (0, 1, 0), "Belt",
            [(ua, 0), (ub, 0), (ub, 1), (ua, 1)])
    for xx, uu, nx in ((xa, ua, -1), (xb, ub, 1)):       # rounded-over ends
        mb.poly([(xx, 0, -z), (xx, 0, z), (xx, -0.05, z), (xx, -0.05, -z)], (nx, 0, 0), "Belt",
                [(uu, 0), (uu, 1), (uu + 0.05 * nx, 1), (uu + 0.05 * nx, 0)])


def build_conveyor(name, x0, x1, width, lanes, item_mesh, pitch=0.165, lane_pitch=0.15):
    length = round(x1 - x0, 3)
    hl = length / 2
    size = f"{length}x{width}"
    frame = shared(f"ConveyorFrame_{size}", lambda m: conveyor_frame(m, length, width, lanes))
    belt = shared(f"ConveyorBelt_{size}", lambda m: conveyor_belt(m, length, width))
    root = add_node(name, frame, None, ((x0 + x1) / 2, 0, 0))
    add_node(name + "_Belt", belt, root, (0, BELT_Y, 0))
    items = add_node(name + "_Items", None, root, (0, BELT_Y, 0))
    spots = []
    for lane in range(lanes):
        z = (lane - (lanes - 1) / 2) * lane_pitch
        shift = 0.5 * pitch * (lane % 2)                 # staggered lanes pack like real bottles
        edge = 0.07 if lanes > 1 else pitch / 2 + 0.01
        k = 0
        while edge + shift + k * pitch <= length - edge + 0.02:
            spots.append((hl - edge - shift - k * pitch, z))
            k += 1
    spots.sort(key=lambda s: (-round(s[0], 4), s[1]))    # 000 is nearest to the next machine
    for i, (px, z) in enumerate(spots):
        add_node(f"{name}_Item_{i:03d}", item_mesh, items, (px, 0, z))
    return len(spots)


# ------------------------------------------------------- tanks, pumps and pipes
TANK_R, TANK_Y0, TANK_Y1 = 0.95, 1.0, 3.6               # liquid space from y0 to y1


def tank_mesh(mb):
    r, y0, y1 = TANK_R, TANK_Y0, TANK_Y1
    half = 40.0                                          # half opening of the sight window, degrees
    with mb.at():
        mb.lathe([(r, y0), (r, y1)], "Steel", 26, half, 360 - half)                 # shell
        mb.lathe([(r - 0.03, y0), (r - 0.03, y1)], "Mid", 20, half, 360 - half, inward=True)
        mb.lathe([(r - 0.01, y0 + 0.12), (r - 0.01, y1 - 0.12)], "Guard", 8, -half, half)
        for a, b in ((y0, y0 + 0.12), (y1 - 0.12, y1)):                              # window head and sill
            mb.lathe([(r, a), (r, b)], "Steel", 8, -half, half)
        for y in (y0, y0 + 0.82, y1 - 0.86, y1):                                     # hoops
            mb.lathe([(r, y - 0.035), (r + 0.03, y - 0.03), (r + 0.03, y + 0.03), (r, y + 0.035)], "Steel", 32)
        mb.lathe([(r, y1), (r * 0.97, y1 + 0.1), (r * 0.8, y1 + 0.22), (r * 0.45, y1 + 0.32), (0.0, y1 + 0.36)],
                 "Steel", 32, hard=60)
        mb.lathe([(0.0, y0 - 0.3), (r * 0.45, y0 - 0.26), (r * 0.8, y0 - 0.16), (r * 0.97, y0 - 0.06), (r, y0)],
                 "Steel", 32, hard=60)
        mb.disc(r - 0.03, y0, "Mid", 24)
    for s in (-half, half):                              # window jambs
        with mb.at(0, 0, 0, ry=s):
            mb.box(-0.035, 0.035, y0 + 0.05, y1 - 0.05, r - 0.04, r + 0.025, "Frame", 0.01)
    for i in range(11):                                  # level scale on the right jamb
        with mb.at(0, 0, 0, ry=half + 5.5):
            w = 0.05 if i % 5 == 0 else 0.025
            yy = y0 + 0.15 + (y1 - y0 - 0.3) * i / 10
            mb.box(-0.04, -0.04 + 2 * w, yy - 0.01, yy + 0.01, r - 0.01, r + 0.012, "Frame", 0, "-z")
    for a, px, pz in ring_positions(4, r * 0.86, 0.5):   # legs
        with mb.at(px, 0, pz):
            mb.cyl(0.065, 0.03, y0 - 0.02, "Steel", 10, bottom=False, top=False)
            mb.cyl(0.13, 0.0, 0.03, "Frame", 12)
    with mb.at(0.0, 0, -0.35):                           # manhole and nozzles
        mb.cyl(0.24, y1 + 0.2, y1 + 0.46, "Steel", 20, bottom=False)
        mb.cyl(0.28, y1 + 0.46, y1 + 0.51, "Frame", 20, 0.01)
    with mb.at(0.42, 0, 0.2):
        mb.cyl(0.06, y1 + 0.2, y1 + 0.5, "Steel", 10, bottom=False)
        mb.cyl(0.1, y1 + 0.5, y1 + 0.62, "Frame", 12, 0.02)
    with mb.at(-0.4, 0, 0.25):
        mb.cyl(0.05, y1 + 0.2, y1 + 0.42, "Steel", 10, 0.01, bottom=False)
    for s in (-0.2, 0.2):                                # ladder at the left
        mb.rod((-r - 0.16, 0.0, s), (-r - 0.16, y1 + 0.75, s), 0.022, "Steel", 6)
        mb.rod((-r - 0.16, y1 + 0.75, s), (-r + 0.3, y1 + 0.75, s), 0.022, "Steel", 6)
        mb.rod((-r + 0.3, y1 + 0.75, s), (-r + 0.3, y1 + 0.15, s), 0.022, "Steel", 6)
    for i in range(13):
        y = 0.3 + 0.3 * i
        mb.rod((-r - 0.16, y, -0.2), (-r - 0.16, y, 0.2), 0.015, "Steel", 6, caps=False)


def build_tank(name, x, z, liquid):
    root = add_node(name, shared("TankMesh", tank_mesh), None, (x, 0, z))
    mb = MeshBuilder()                                   # scale Y = fill level 0..1
    mb.cyl(TANK_R - 0.045, 0.0, TANK_Y1 - TANK_Y0 - 0.02, liquid, 32, bottom=False)
    add_node(name + "_Level", mb, root, (0, TANK_Y0 + 0.012, 0))


PUMP_Y = 0.48


def pump_mesh(mb):
    """Pump along X: volute at -X, open coupling, motor, bare fan at +X."""
    y = PUMP_Y
    mb.box(-0.62, 0.62, 0.03, 0.16, -0.28, 0.28, "Frame", 0.02)
    for px in (-0.5, 0.5):
        for pz in (-0.22, 0.22):
            mb.cbox(px, 0.015, pz, 0.14, 0.03, 0.12, "Frame")
    mb.rod((-0.52, y, 0), (-0.26, y, 0), 0.27, "Steel", 24, 0.04)              # volute
    mb.rod((-0.26, y, 0), (-0.18, y, 0), 0.14, "Steel", 16, 0.02)
    mb.box(-0.48, -0.3, 0.16, y, -0.14, 0.14, "Steel", 0.02)
    mb.box(-0.52, -0.26, y, y + 0.3, -0.12, 0.15, "Steel", 0.03)               # discharge neck
    mb.rod((0.1, y, 0), (0.58, y, 0), 0.2, "Mid", 20, 0.03)                    # motor with fins
    for i in range(12):
        a = TAU * i / 12
        mb.beam((0.14, y + 0.205 * math.cos(a), 0.205 * math.sin(a)), (0.54, y + 0.205 * math.cos(a), 0.205 * math.sin(a)),
                0.025, 0.025, "Mid")
    mb.box(0.16, 0.52, 0.16, y - 0.12, -0.16, 0.16, "Mid", 0.02)
    mb.box(0.24, 0.46, y + 0.17, y + 0.32, -0.1, 0.1, "Mid", 0.025)            # terminal box


def impeller_mesh(mb):
    """Coupling and fan on one shaft; rotates about X."""
    mb.rod((-0.13, 0, 0), (0.66, 0, 0), 0.035, "Steel", 10)
    for a, b in ((-0.12, -0.06), (-0.02, 0.04)):
        mb.rod((a, 0, 0), (b, 0, 0), 0.15, "Steel", 20, 0.012)
    for i in range(4):
        with mb.at(0, 0, 0, rx=90 * i):
            mb.box(-0.15, 0.07, 0.10, 0.185, -0.035, 0.035, "Frame", 0.012)
    mb.rod((0.62, 0, 0), (0.72, 0, 0), 0.07, "Frame", 14, 0.015)
    for i in range(6):
        with mb.at(0.67, 0, 0, rx=60 * i):
            with mb.at(0, 0.15, 0, ry=35):
                mb.cbox(0, 0, 0, 0.015, 0.2, 0.1, "Frame", 0.004)


def build_pump(name, x, z):
    root = add_node(name, shared("PumpMesh", pump_mesh), None, (x, 0, z))
    add_node(name + "_Impeller", shared("ImpellerMesh", impeller_mesh), root, (0, PUMP_Y, 0))


def build_pipe(name, tank, pump, target, rise):
    """Tank outlet -> pump suction, pump discharge -> target point (given in world space)."""
    (tx, tz), (px, pz), (gx, gy, gz) = tank, pump, target
    mb = MeshBuilder()
    r = 0.085
    u = mb.tube([(tx, TANK_Y0 - 0.28, tz), (tx, PUMP_Y, tz), (px - 0.95, PUMP_Y, tz), (px - 0.95, PUMP_Y, pz),
                 (px - 0.5, PUMP_Y, pz)], r, "Pipe", 0.2)
    dx = px - 0.39                                        # discharge neck
    path = [(dx, PUMP_Y + 0.3, pz), (dx, rise, pz), (gx, rise, pz), (gx, rise, gz), (gx, gy, gz)]
    if abs(dx - gx) < 0.35:                               # (almost) in line: go straight across
        path = [(dx, PUMP_Y + 0.3, pz), (dx, rise, pz), (gx, rise, gz), (gx, gy, gz)]
    mb.tube(path, r, "Pipe", 0.24, u0=u)
    add_node(name, mb)


# -------------------------------------------------------------------- assembly
LAYOUT = {  # x of each machine's centre
    "Depalletiser": -17.8, "Rinser": -12.6, "Filler": -8.3, "Capper": -5.1,
    "Pasteuriser": 1.9, "Labeller": 8.9, "Packer": 12.6, "Palletiser": 17.6,
}
CONVEYORS = [  # name, start x, end x, belt width, lanes
    ("Conveyor1", -16.2, -13.6, 0.62, 3),
    ("Conveyor2", -11.6, -9.8, 0.46, 2),
    ("Conveyor3", -6.8, -5.9, 0.46, 2),
    ("Conveyor4", -4.3, -1.7, 0.62, 3),
    ("Conveyor5", 5.5, 7.9, 0.62, 3),
    ("Conveyor6", 9.9, 11.6, 0.46, 2),
    ("Conveyor7", 13.6, 15.8, 0.50, 1),
]


def main():
    argv = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    out = os.path.abspath(argv[0] if argv else "factory.glb")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    make_materials()

    build_hall()
    build_depalletiser(LAYOUT["Depalletiser"])
    build_rinser(LAYOUT["Rinser"])
    build_filler(LAYOUT["Filler"])
    build_capper(LAYOUT["Capper"])
    build_pasteuriser(LAYOUT["Pasteuriser"])
    build_labeller(LAYOUT["Labeller"])
    build_packer(LAYOUT["Packer"])
    build_palletiser(LAYOUT["Palletiser"])

    mb = MeshBuilder()
    bottle(mb, seg=10)
    bottle_mesh = mb.finish("BottleMesh")
    mb = MeshBuilder()
    mb.box(-0.2, 0.2, 0.0, 0.38, -0.15, 0.15, "Case", 0.012)
    mb.box(-0.202, 0.202, 0.365, 0.383, -0.025, 0.025, "Wood", 0, "-y")      # tape
    case_mesh = mb.finish("CaseMesh")
    for name, x0, x1, width, lanes in CONVEYORS:
        cases = name == "Conveyor7"
        build_conveyor(name, x0, x1, width, lanes, case_mesh if cases else bottle_mesh,
                       pitch=0.43 if cases else 0.165)

    build_tank("ProductTank", -10.6, -5.1, "Product")
    build_pump("ProductPump", -8.2, -4.6)
    build_pipe("ProductPipe", (-10.6, -5.1), (-8.2, -4.6), (LAYOUT["Filler"], 2.76, 0.0), 3.35)
    build_tank("WaterTank", -0.1, -5.1, "Water")
    build_pump("WaterPump", 2.3, -4.6)
    build_pipe("WaterPipe", (-0.1, -5.1), (2.3, -4.6), (LAYOUT["Pasteuriser"], 2.7, -0.45), 3.2)
    build_control_room()

    # waiting pallets at both ends of the line, sharing the machines' pallet meshes
    hall = bpy.data.objects["Hall"]
    for i, (x, z) in enumerate(((-20.4, -3.2), (-18.9, -3.2), (-17.4, -3.2))):
        add_node(f"Hall_BottlePallet{i + 1}", SHARED["BottlePalletMesh"], hall, (x, -0.33, z))
    full = shared("CasePalletMesh", lambda m: case_pallet(m, 3))
    for i, (x, z) in enumerate(((20.9, 0.0), (20.9, -1.6), (20.9, -3.2))):
        add_node(f"Hall_CasePallet{i + 1}", full, hall, (x, -0.24, z))

    bpy.ops.export_scene.gltf(
        filepath=out, export_format="GLB", export_yup=True, export_apply=False,
        export_texcoords=True, export_normals=True, export_tangents=False, export_colors=False,
        export_cameras=False, export_lights=False, export_animations=False, export_skins=False,
        export_morph=False, export_materials="EXPORT", export_extras=False,
        export_draco_mesh_compression_enable=False,
    )


main()
