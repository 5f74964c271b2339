#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Made-up run files with known curves.

    make_run.py KIND FILE [wells=N] [cycles=N] [encoding=NAME] [decimal=,] [eol=crlf] [melt=1] ...

KIND: 7500 (an .eds as a 7500 writes it), quantstudio (an .eds as a QuantStudio
writes it), text (an export), rdml (1.0 to 1.3 by version=, zipped unless zip=0).

The delta Rn of a well is TOP / (1 + 2 ** (HALF - cycle)), whose Cq at the
threshold TOP / 33 is HALF - 5 exactly.  A dilution by ten is log2(10) cycles
later, so the standard curve has the slope -log2(10) = -3.3219, the
efficiency 1, and the intercept of intercept() below.  The plate, well by
well: two no-template controls, then standards of 10**5 to 10**1 in pairs,
then unknowns of 10**3.
"""
import math
import sys
import zipfile

TOP = 3.3
THRESHOLD = TOP / 33
FIRST = 20.0  # Cq of 10**5 copies
TARGET = 'made up "gene" <1>'
JAVA = bytes.fromhex("aced0005") + b"sr\0\x10java.lang.Object"


def log2(x):
    return math.log(x) / math.log(2)


def quantity(well):
    """Of a standard, 0 of a control, 10**3 of an unknown."""
    if well < 2:
        return 0
    return 10.0 ** (5 - (well - 2) // 2) if well < 12 else 1000.0


def task(well):
    return "NTC" if well < 2 else "STANDARD" if well < 12 else "UNKNOWN"


def sample(well):
    return "NTC" if well < 2 else "STD" if well < 12 else f"S{well - 11}"


def cq(well):
    q = quantity(well)
    return None if q == 0 else FIRST + log2(1e5 / q)


def intercept():
    return FIRST + log2(1e5)


def delta(well, cycle):
    c = cq(well)
    return 0.0 if c is None else TOP / (1 + 2 ** (c + 5 - cycle))


def rn(well, cycle):
    return 1.5 + 0.002 * cycle + delta(well, cycle)


def melt_signal(temperature, tm=82.0):
    return 4.0 / (1 + math.exp((temperature - tm) / 0.8)) + 0.2


def melt_points():
    return [60 + 0.5 * i for i in range(71)]


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def store(name, entries):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
        for entry, text in entries:
            info = zipfile.ZipInfo(entry.replace("\\", "/"), (2026, 3, 4, 14, 22, 10))
            info.filename = entry  # backslashes as they are
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, text)


# --- .eds ---


def plate_xml(o):
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n<Plate><Name/><Rows>8</Rows><Columns>12</Columns>']
    out.append("<PlateKind><Name>96-Well Plate (8x12)</Name></PlateKind>")
    for kind in ("sample", "detector-task"):
        out.append(f"<FeatureMap><Feature><Id>{kind}</Id></Feature>")
        for w in range(o.wells):
            out.append(f"<FeatureValue><Index>{w}</Index><FeatureItem>")
            if kind == "sample":
                out.append(f"<Sample><Name>{sample(w)}</Name></Sample>")
            else:
                out.append(
                    f"<DetectorTaskList><DetectorTask><Task>{task(w)}</Task>"
                    f"<Concentration>{quantity(w) if task(w) == 'STANDARD' else 1.0}</Concentration>"
                    f"<Detector><Name>{escape(TARGET)}</Name><Reporter>FAM</Reporter><Quencher>TAMRA</Quencher>"
                    "</Detector></DetectorTask></DetectorTaskList>"
                )
            out.append("</FeatureItem></FeatureValue>")
        out.append("</FeatureMap>")
    out.append("<Wells>")
    for w in range(96):
        out.append(f"<Well><Index>{w}</Index><IsOmit>{'true' if w == 0 else 'false'}</IsOmit></Well>")
    out.append("</Wells><PassiveReferenceDye>ROX</PassiveReferenceDye></Plate>")
    return "".join(out)


def protocol_xml(o):
    def stage(flag, repeats, steps):
        body = "".join(
            f"<TCStep><CollectionFlag>{collect}</CollectionFlag><RampRate>100.0</RampRate>"
            f"<Temperature>{t}</Temperature><HoldTime>{hold}</HoldTime></TCStep>"
            for t, hold, collect in steps
        )
        return f"<TCStage><StageFlag>{flag}</StageFlag><NumOfRepetitions>{repeats}</NumOfRepetitions>{body}</TCStage>"

    stages = stage("PRE_CYCLING", 1, [(95.0, 600, 0)])
    stages += stage("CYCLING", o.cycles, [(95.0, 15, 0), (60.0, 60, 1)])
    if o.melt:
        stages += stage("MELT_CURVE", 1, [(60.0, 60, 0), (95.0, 15, 1)])
    return (
        '<?xml version="1.0"?><TCProtocol><ProtocolName>made up</ProtocolName><RunMode>Fast</RunMode>'
        f"<SampleVolume>20.0</SampleVolume><CoverTemperature>105.0</CoverTemperature>{stages}</TCProtocol>"
    )


def settings_xml(o):
    def settings(kind, values):
        items = "".join(
            f"<JaxbSettingValue><Name>{n}</Name><JaxbValueItem><{t}>{escape(v)}</{t}></JaxbValueItem></JaxbSettingValue>"
            for n, t, v in values
        )
        return f"<JaxbAnalysisSettings><Type>com.apldbio.sds.platform.analysis.{kind}</Type>{items}</JaxbAnalysisSettings>"

    out = settings("IDetectorSettings", [("Threshold", "DoubleValue", "9.9"),
                                         ("ObjectName", "StringValue", "AnalysisProtocol.DEFAULT_SETTINGS")])
    out += settings("IDetectorSettings", [("Threshold", "DoubleValue", repr(THRESHOLD)), ("AutoCt", "BooleanValue", "false"),
                                          ("ObjectName", "StringValue", TARGET)])
    for w in range(o.wells):
        out += settings("IWellSettings", [("BaselineStart", "IntValue", "3"), ("BaselineStop", "IntValue", "9"),
                                          ("AutoBaseline", "BooleanValue", "true"), ("ObjectName", "StringValue", TARGET),
                                          ("WellIndex", "IntValue", str(w))])
    return f'<?xml version="1.0"?><JaxbAnalysisProtocol>{out}</JaxbAnalysisProtocol>'


def experiment_xml(o, more=""):
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Experiment><Name>Made up</Name><Operator>Ada</Operator>'
        "<RunState>COMPLETE</RunState><CreatedTime>1772634000000</CreatedTime><ModifiedTime>1772640000000</ModifiedTime><RunStartTime>1772634130000</RunStartTime><RunEndTime>1772639530000</RunEndTime>"
        "<FileName>D:\\made.eds</FileName><Type><Name>Quantitation - Standard Curve</Name></Type>"
        f"<ChemistryType>TAQMAN</ChemistryType><InstrumentTypeId>sds7500fast</InstrumentTypeId>{more}</Experiment>"
    )


def multicomponent_text(o):
    """Signals of FAM and ROX; the summaries of the wells without a dye run together."""
    out = "StepOne v2.0 MulticomponentData\n\nWELL\tCYCLE\tDYE LIST\tMSE\tSIGNAL DATA\tPURE_DYE_DATA\n"
    for w in range(96):
        for c in range(o.cycles):
            if w < o.wells:
                for dye, signal in (("FAM", 50000.0 * rn(w, c + 1)), ("ROX", 50000.0)):
                    out += f"{w}\t{c}\t{dye}\t1.5\t{signal!r}\t1.0\n\t\t\t\t\t0.1\n"
            out += f"{w}\t{c}\t1.5\t"
    return out


def background_ini(provenance):
    who = ("operator=Ada", "id=42") if provenance else ("operator=null", "id=null")
    return (
        "# Instrument calibration file.\n[head]\nname=Calibration\n" + who[0] + "\ntimestamp=1754000000000\n"
        "digest=null\n[instrument]\n" + who[1] + "\n[result]\nresult=false\n[background]\n1=<<eof\n1.0,2.0\n[QC]\neof\n"
    )


PUREDYE = (
    "[head]\ntimestamp=1754000000000\nexpirytime=1785536000000\noperator=Ada\ncalibrationID=7\n[instrument]\nsn=42\n"
    "[puredyes]\ndyes=FAM,ROX\n[FAM]\noperator=Ada\ncalibration-time=1754000000000\nexpiration-time=1785536000000\n"
    "result=true\n1=<<eof\n1,2\neof\n[ROX]\noperator=null\ncalibration-time=0\nexpiration-time=0\n1=<<eof\n1\neof\n"
)


def make_7500(name, o):
    store(name, [
        ("apldbio/sds/Manifest.mf", "Manifest-Version: 1.0\nImplementation-Version: 7500 Software v2.3\n"
                                    "Specification-Vendor: Applied Biosystems\nSpecification-Version: 1.1.1\n"),
        ("apldbio/sds/experiment.xml", experiment_xml(o)),
        ("apldbio/sds/plate_setup.xml", plate_xml(o)),
        ("apldbio/sds/tcprotocol.xml", protocol_xml(o)),
        ("apldbio/sds/analysis_protocol.xml", settings_xml(o)),
        ("apldbio/sds/multicomponent_data.txt", multicomponent_text(o)),
        ("apldbio/sds/post-roi.dat", JAVA),
        ("APLDBIO\\SDS\\CALIBRATIONS/background.ini", background_ini(False)),
        ("APLDBIO\\SDS\\CALIBRATIONS/puredye.ini", PUREDYE),
    ])


def results_text(o):
    out = "Session Name\t\nWell\tSample Name\tDetector\tTask\tCt\tAvg Ct\tCt SD\tDelta Ct\tQty\tAvg Qty\tQty SD\tAmp Status\tCq Conf\n"
    for w in range(o.wells):
        c = cq(w)
        out += f"{w}\t{sample(w)}\t{TARGET}\t{task(w)}\t{'Undetermined' if c is None else repr(c)}\t\t\t\t\t\t\t1\t0.97\n"
        out += "Rn values\t" + "\t".join(repr(rn(w, i + 1)) for i in range(o.cycles)) + "\n"
        out += "Delta Rn values\t" + "\t".join(repr(delta(w, i + 1)) for i in range(o.cycles)) + "\n"
    return out


def multicomponent_xml(o):
    points = [f"[Stg:2 Cyc:{c + 1} Stp:2 Pt:1]" for c in range(o.cycles)]
    temperatures = [60.0] * o.cycles
    if o.melt:
        points += [f"[Stg:3 Cyc:1 Stp:2 Pt:{i + 1}]" for i in range(len(melt_points()))]
        temperatures += melt_points()
    out = f"<MulticomponentData><WellCount>{o.wells}</WellCount><CycleCount>{len(points)}</CycleCount>"
    out += f"<CollectionPoints>[{', '.join(points)}]</CollectionPoints>"
    out += "<SampleTemperatures>" + "\t".join(map(str, temperatures * o.wells)) + "</SampleTemperatures>"
    for w in range(o.wells):
        out += f'<DyeData WellIndex="{w}"><DyeList>[FAM, ROX]</DyeList></DyeData>'
    for w in range(o.wells):
        fam = [50000.0 * rn(w, c + 1) for c in range(o.cycles)]
        if o.melt:
            fam += [50000.0 * melt_signal(t) for t in melt_points()]
        out += f'<SignalData WellIndex="{w}"><CycleData>{fam}</CycleData><CycleData>{[50000.0] * len(fam)}</CycleData></SignalData>'
    return '<?xml version="1.0"?>' + out + "</MulticomponentData>"


def filters_xml(o):
    out = "<PlatePointDataCollection>"
    for c in range(o.cycles):
        out += f"<PlatePointData><Stage>2</Stage><Cycle>{c + 1}</Cycle><Step>2</Step><Point>1</Point>"
        for f in ("x1-m1", "x4-m4"):
            out += "<PlateData><Rows>8</Rows><Cols>12</Cols><WellData>"
            out += "\t".join(str(1000 * w + c) for w in range(o.wells))
            out += f"</WellData><Attribute><key>FILTER_SET</key><value>{f}</value></Attribute></PlateData>"
        out += "</PlatePointData>"
    return out + "</PlatePointDataCollection>"


def make_quantstudio(name, o):
    info = (
        '<ExperimentProperty type="InstrumentInfo"><PropertyValue key="instrumentSerialNumber"><String>42</String>'
        '</PropertyValue><PropertyValue key="instrumentType"><String>QuantStudio 5</String></PropertyValue></ExperimentProperty>'
    )
    store(name, [
        ("apldbio/sds/Manifest.mf", "Implementation-Title: QuantStudio 3 and 5 Software\nImplementation-Version: 1.5.1\n"),
        ("apldbio/sds/experiment.xml", experiment_xml(o, info)),
        ("apldbio/sds/plate_setup.xml", plate_xml(o)),
        ("apldbio/sds/tcprotocol.xml", protocol_xml(o)),
        ("apldbio/sds/analysis_protocol.xml", settings_xml(o)),
        ("apldbio/sds/multicomponentdata.xml", multicomponent_xml(o)),
        ("apldbio/sds/filterdata.xml", filters_xml(o)),
        ("apldbio/sds/analysis_result.txt", results_text(o)),
        ("apldbio/sds/calibrations/background.ini", background_ini(True)),
    ])


# --- text ---


def number(value, decimals, o):
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if o.decimal == "," else text


def make_text(name, o):
    ct = o.ct or "C\u0442"  # the letter is Cyrillic in the instruments' own exports
    lines = [
        "* Block Type = 96fast", "* Calibration Background is expired  = No",
        "* Calibration Background performed on = 09-27-2025", "* Calibration Pure Dye FAM is expired = Yes",
        "* Chemistry = TAQMAN", "* Date Created = 2026-03-04 02:00:00 PM EST", "* Experiment File Name = D:\\made.eds", "* Experiment Name = Made \u00fcp",
        "* Experiment Run End Time = 2026-03-04 14:22:10 PM UTC", "* Instrument Type = sds7500fast",
        "* Passive Reference = ROX", "", "[Sample Setup]",
        "Well\tWell Position\tSample Name\tTarget Name\tTask\tReporter\tQuencher\tQuantity\tComments",
    ]
    position = [f"{'ABCDEFGH'[w // 12]}{w % 12 + 1}" for w in range(96)]
    for w in range(o.wells):
        q = number(quantity(w), 3, o) if task(w) == "STANDARD" else ""
        lines.append(f"{w + 1}\t{position[w]}\t{sample(w)}\t{TARGET}\t{task(w)}\tFAM\tTAMRA\t{q}\t")
    lines += ["", "[Amplification Data]", "Well\tCycle\tTarget Name\tRn\t\u0394Rn"]
    for w in range(o.wells):
        for c in range(1, o.cycles + 1):
            lines.append(f"{w + 1}\t{c}\t{TARGET}\t{number(rn(w, c), 6, o)}\t{number(delta(w, c), 6, o)}")
    lines += ["", "[Multicomponent Data]", "Well\tCycle\tFAM\tROX"]
    for w in range(o.wells):
        for c in range(1, o.cycles + 1):
            lines.append(f'{w + 1}\t{c}\t"{number(50000 * rn(w, c), 3, o)}"\t{number(50000.0, 3, o)}')
    lines += ["", "[Results]",
              f"Well\tWell Position\tOmit\tSample Name\tTarget Name\tTask\tReporter\tQuencher\t{ct}\t{ct} Mean\t{ct} SD\tQuantity\t"
              f"Y-Intercept\tR\u00b2\tSlope\tEfficiency\tAutomatic Ct Threshold\tCt Threshold\tAutomatic Baseline\tBaseline Start\t"
              "Baseline End\tTm1\tHIGHSD\tNOAMP"]
    for w in range(o.wells):
        c = cq(w)
        shown = "Undetermined" if c is None else number(c, 6, o)
        lines.append("\t".join([
            str(w + 1), position[w], "true" if w == 0 else "false", sample(w), TARGET, task(w), "FAM", "TAMRA", shown, "", "",
            number(quantity(w), 3, o) if quantity(w) else "", number(intercept(), 6, o), number(1.0, 3, o),
            number(-log2(10), 6, o), number(100.0, 3, o), "false", number(THRESHOLD, 6, o), "true", "3", "9",
            number(81.98, 2, o), "N", "Y" if c is None else "N"]))
    if o.melt:
        lines += ["", "[Melt Curve Raw Data]", "Well\tWell Position\tReading\tTemperature\tFluorescence\tDerivative\tTarget Name"]
        for w in range(o.wells):
            for i, t in enumerate(melt_points()):
                lines.append(f"{w + 1}\t{position[w]}\t{i + 1}\t{number(t, 3, o)}\t{number(melt_signal(t), 6, o)}\t{number(0.5, 3, o)}\t{TARGET}")
    if o.encoding == "cp1252":
        lines = [line.replace("\u0394", "Delta ") for line in lines]
    text = ("\r\n" if o.eol == "crlf" else "\n").join(lines) + "\n"
    with open(name, "wb") as f:
        f.write(text.encode(o.encoding or "utf-8"))


# --- RDML ---


def make_rdml(name, o):
    version = o.version or "1.2"
    old = version == "1.0"
    t = escape(TARGET)
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n', f'<rdml version="{version}" xmlns="http://www.rdml.org">']
    out.append('<dye id="FAM"/>')
    words = {"NTC": "ntc", "STANDARD": "std", "UNKNOWN": "unkn"}
    for w in range(o.wells):
        q = f"<quantity><value>{quantity(w)}</value><unit>cop</unit></quantity>" if task(w) == "STANDARD" else ""
        out.append(f'<sample id="{sample(w)} {w}"><type>{words[task(w)]}</type>{q}</sample>')
    dye = "<dyeId>FAM</dyeId>" if old else '<dyeId id="FAM"/>'
    out.append(f'<target id="{t}"><type>toi</type><amplificationEfficiency>2.0</amplificationEfficiency>{dye}</target>')
    out.append(
        '<thermalCyclingConditions id="made up"><lidTemperature>105</lidTemperature>'
        "<step><nr>1</nr><temperature><temperature>95</temperature><duration>600</duration></temperature></step>"
        "<step><nr>2</nr><temperature><temperature>95</temperature><duration>15</duration></temperature></step>"
        "<step><nr>3</nr><temperature><temperature>60</temperature><duration>60</duration><measure>real time</measure>"
        f"</temperature></step><step><nr>4</nr><loop><goto>2</goto><repeat>{o.cycles}</repeat></loop></step></thermalCyclingConditions>"
    )
    out.append('<experiment id="Made up"><run id="Run 1"><instrument>Thing 1</instrument>')
    out.append("<dataCollectionSoftware><name>Soft</name><version>7</version></dataCollectionSoftware>")
    out.append("<cqDetectionMethod>manual threshold and baseline settings</cqDetectionMethod>")
    out.append("<pcrFormat>96-well plate</pcrFormat>" if old else
               "<pcrFormat><rows>8</rows><columns>12</columns><rowLabel>ABC</rowLabel><columnLabel>123</columnLabel></pcrFormat>")
    out.append("<runDate>2026-03-04T14:22:10Z</runDate>")
    for w in range(o.wells):
        place = f"{'ABCDEFGH'[w // 12]}{w % 12 + 1}" if old else w + 1
        c = cq(w)
        out.append(f'<react id="{place}"><sample id="{sample(w)} {w}"/><data><tar id="{t}"/><cq>{-1.0 if c is None else c}</cq>')
        if w == 0:
            out.append("<excl>omitted</excl>")
        for i in range(1, o.cycles + 1):
            out.append(f"<adp><cyc>{i}</cyc><fluor>{rn(w, i)!r}</fluor></adp>")
        if o.melt:
            for p in melt_points():
                out.append(f"<mdp><tmp>{p}</tmp><fluor>{melt_signal(p)!r}</fluor></mdp>")
        out.append("</data></react>")
    out.append("</run></experiment></rdml>\n")
    text = "".join(out)
    if o.zip == "0":
        with open(name, "w", encoding="utf-8") as f:
            f.write(text)
    else:
        store(name, [("rdml_data.xml", text)])


class Options:
    wells, cycles, melt = 14, 40, 0
    encoding = decimal = eol = ct = version = zip = None


def options(words):
    o = Options()
    for word in words:
        key, value = word.split("=", 1)
        if not hasattr(o, key):
            sys.exit(f"make_run.py: there is no option '{key}'")
        setattr(o, key, int(value) if key in ("wells", "cycles", "melt") else value)
    return o


KINDS = {"7500": make_7500, "quantstudio": make_quantstudio, "text": make_text, "rdml": make_rdml}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in KINDS:
        sys.exit(__doc__)
    KINDS[sys.argv[1]](sys.argv[2], options(sys.argv[3:]))
